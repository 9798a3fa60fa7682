"""Extensions are data: added in one transaction, taken up by every process, their ids kept for good."""

import time

import pytest

from service.accounts.crypt import Vault
from service.errors import NotFound, ValidationError
from service.extensions import adding, book
from service.extensions.adding import ExtensionDraft, Report
from service.extensions.current import Extensions
from service.store.database import Database
from tests.support.definitions import built_in
from tests.support.house import House

VAULT = Vault(("test-secret-key-of-32-characters",))
BASE = built_in()


def draft(name: str = "cellar", models: tuple[str, ...] = ("small", "large"), type: str = "text") -> ExtensionDraft:
    spec = {
        "kind": "openai",
        "base_url": "http://127.0.0.1:9/v1",
        "models": [{"id": model, "type": type} for model in models],
    }
    return ExtensionDraft(name, "server", spec, models=[(type, f"{name}/{model}") for model in models])


def add(database: Database, one: ExtensionDraft, dry_run: bool = False) -> Report:
    return adding.add(database, VAULT, BASE, one, dry_run=dry_run)


def remove(database: Database, name: str) -> None:
    database.write(lambda db: adding.remove(db, name))


def test_an_added_model_is_offered_by_running_processes_and_gone_once_removed(house: House) -> None:
    account = house.account()
    before = account.get("/api/v1/models/text").get_json()["data"]
    add(house.context.database, draft())
    house.context.extensions.refresh()
    shown = account.get("/api/v1/models/text").get_json()["data"]
    added = [model for model in shown if model.get("added")]
    assert [(model["id"], model["provider"]) for model in added] == [(9000, "cellar"), (9001, "cellar")]
    remove(house.context.database, "cellar")
    house.context.extensions.refresh()
    assert account.get("/api/v1/models/text").get_json()["data"] == before


def test_a_name_added_again_gets_its_old_ids_though_others_came_between(database: Database) -> None:
    first = [made["id"] for made in add(database, draft()).made]
    remove(database, "cellar")
    add(database, draft("attic"))
    assert [made["id"] for made in add(database, draft()).made] == first == [9000, 9001]


@pytest.mark.parametrize(("type", "first"), [("text", 9000), ("image", 19000), ("speech", 39000)])
def test_ids_lie_in_their_types_last_thousand(database: Database, type: str, first: int) -> None:
    assert add(database, draft(type=type)).made[0]["id"] == first


def test_a_range_that_is_used_up_refuses_the_addition_whole(database: Database) -> None:
    add(database, draft(models=tuple(f"m{n}" for n in range(999))))
    with pytest.raises(ValidationError, match="1000 ids"):
        add(database, draft("attic"))
    with database.read() as db:
        assert [one.name for one in book.active(db)] == ["cellar"]
        assert max(book.ids(db).values()) == 9998


@pytest.mark.parametrize(
    "name", ["openai", "local", "hosted", "flokan", "generor", "Cellar", "1st", "", "a" * 41, "a_b", "a/b", "ä", "a\n"]
)
def test_a_name_that_is_no_name_or_is_taken_is_refused_and_nothing_changes(database: Database, name: str) -> None:
    with pytest.raises(ValidationError):
        add(database, draft(name))
    with database.read() as db:
        assert book.revision(db) == 0
        assert book.ids(db) == {}


def test_a_name_in_use_is_refused(database: Database) -> None:
    add(database, draft())
    with pytest.raises(ValidationError, match="in use"):
        add(database, draft())


def test_a_dry_run_tells_the_ids_and_changes_nothing(database: Database) -> None:
    assert [made["id"] for made in add(database, draft(), dry_run=True).made] == [9000, 9001]
    with database.read() as db:
        assert book.revision(db) == 0
        assert book.ids(db) == {}


def test_removing_what_is_not_there_says_so(database: Database) -> None:
    with pytest.raises(NotFound, match="attic"):
        remove(database, "attic")


def test_one_that_this_version_cannot_read_leaves_the_others_served(database: Database) -> None:
    add(database, draft())
    database.write(lambda db: book.put(db, book.Extension("odd", "server", {"kind": "openai"})))
    database.write(lambda db: book.put(db, book.Extension("newer", "telepathy", {})))
    known = Extensions(database, BASE)
    known.refresh()
    assert "cellar/small" in known.snapshot.catalog.models_by_key


def test_a_watching_process_takes_a_change_up_within_10_s(database: Database) -> None:
    watching = Extensions(database, BASE)
    watching.watch()
    try:
        add(database, draft())
        deadline = time.monotonic() + 10
        while "cellar/small" not in watching.snapshot.catalog.models_by_key and time.monotonic() < deadline:
            time.sleep(0.1)
        assert "cellar/small" in watching.snapshot.catalog.models_by_key
    finally:
        watching.close()
