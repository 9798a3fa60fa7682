"""Generations are listed, read and deleted as the document says. Source: flokan-thumbnail-generator-api."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from service.accounts import accounts as house_accounts
from service.errors import ProviderError, TimedOut
from service.files.removal import delete_objects
from service.queue import DELIVERIES, ENDED
from service.runs.terminate import end, error_json
from service.store.tables import accounts, deletions, files, runs
from tests.apis.flokan.conftest import ASKED, BASE, queued
from tests.support.house import Account
from tests.support.orders import reword_order

LIST = f"{BASE}/generations"


def listed(account: Account, query: str = "") -> dict[str, Any]:
    body: dict[str, Any] = account.get(LIST + query, api="flokan").get_json()
    return body


def ids(account: Account, query: str = "") -> list[str]:
    return [generation["id"] for generation in listed(account, query)["data"]]


def storage(account: Account) -> int:
    with account.house.context.database.read() as db:
        return int(db.execute(select(accounts.c.storage_used).where(accounts.c.id == account.id)).scalar_one())


def a_card(account: Account) -> str:
    work = account.house.context.database.write
    return str(work(lambda db: house_accounts.create_card(db, account.id, "Summer videos")))


def fail(account: Account, run_id: str, error: Any) -> None:
    account.house.context.database.write(lambda db: end(db, run_id, "failed", error and error_json(error)))


def test_a_generation_is_read_as_generate_answered_it(account: Account) -> None:
    made = account.post(f"{BASE}/generate", {**ASKED, "image_count": 2}, api="flokan")
    assert made.status_code == 201
    generation = made.get_json()["data"]

    answer = account.get(f"{LIST}/{generation['id']}", api="flokan")

    assert answer.status_code == 200
    assert answer.get_json() == {"success": True, "data": generation}
    assert account.get(f"{LIST}/{generation['id'].upper()}", api="flokan").get_json()["data"] == generation
    assert listed(account)["data"] == [generation]


def test_a_generation_that_is_not_done_shows_what_was_asked_for(waiting: Account) -> None:
    run = queued(waiting, image_count=3)

    shown = waiting.get(f"{LIST}/{run['generation']}", api="flokan").get_json()["data"]

    assert shown["status"] == "pending"
    assert {name: shown[name] for name in ASKED} == {**ASKED, "image_count": 3}
    assert (shown["image_paths"], shown["image_urls"], shown["total_file_size_bytes"]) == ([], [], 0)
    assert (shown["credits_consumed"], shown["generation_time_ms"], shown["card_id"]) == (0, None, None)
    assert shown["workspace_id"] == waiting.id


def test_a_generation_that_a_newer_version_was_asked_for_is_shown_as_far_as_it_is_known(waiting: Account) -> None:
    run = queued(waiting)
    known = waiting.get(f"{LIST}/{run['generation']}", api="flokan").get_json()["data"]

    reword_order(waiting.house, run["id"], lambda order: order | {"version": 2, "mood": "calm"})

    assert waiting.get(f"{LIST}/{run['generation']}", api="flokan").get_json()["data"] == known
    assert listed(waiting)["data"] == [known]


def test_a_generation_that_only_a_newer_version_can_read_is_unavailable(waiting: Account) -> None:
    run = queued(waiting)

    reword_order(waiting.house, run["id"], lambda order: {"version": 2, "work": order})

    answer = waiting.get(f"{LIST}/{run['generation']}", api="flokan")
    assert answer.status_code == 503
    assert "newer version" in answer.get_json()["error"]


def test_each_status_lists_its_own_generations_and_no_others(waiting: Account) -> None:
    done = queued(waiting)
    waiting.house.work()
    waiting.ended(done["id"])
    waiting.house.close()
    of = {"completed": done["generation"]}
    for name in ("pending", "generating", "failed", "canceled", "timed_out", "nameless"):
        run = queued(waiting)
        of[name] = run["generation"]
        if name == "generating":
            query = update(runs).where(runs.c.id == run["id"]).values(status="running", slot="claimed")
            waiting.house.context.database.write(lambda db, query=query: db.execute(query))
        elif name == "canceled":
            waiting.post(f"/v1/runs/{run['id']}/cancel")
        elif name == "failed":
            fail(waiting, run["id"], ProviderError("It timed_out at the provider."))
        elif name == "timed_out":
            fail(waiting, run["id"], TimedOut("Too late."))
        elif name == "nameless":
            fail(waiting, run["id"], None)

    by_status = {
        name: set(ids(waiting, f"?status={name}"))
        for name in ("pending", "generating", "completed", "failed", "timed_out")
    }

    assert by_status == {
        "pending": {of["pending"]},
        "generating": {of["generating"]},
        "completed": {of["completed"]},
        "failed": {of["failed"], of["canceled"], of["nameless"]},
        "timed_out": {of["timed_out"]},
    }
    for name, found in by_status.items():
        for generation_id in found:
            shown = waiting.get(f"{LIST}/{generation_id}", api="flokan").get_json()["data"]
            assert shown["status"] == name


def test_pages_are_25_and_100_at_most_and_counted_as_generor_counts_them(waiting: Account) -> None:
    made = [queued(waiting)["generation"] for _ in range(26)]

    first, second = listed(waiting), listed(waiting, "?page=2")
    assert [item["id"] for item in first["data"] + second["data"]] == made[::-1]
    assert first["meta"] == {
        "page": 1,
        "per_page": 25,
        "total": 26,
        "total_pages": 2,
        "has_next": True,
        "has_prev": False,
    }
    assert (second["meta"]["has_next"], second["meta"]["has_prev"]) == (False, True)
    assert listed(waiting, "?page=3")["data"] == []
    assert len(listed(waiting, "?per_page=100")["data"]) == 26
    assert len(listed(waiting, "?per_page=1&page=26")["data"]) == 1


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=-1", "?page=x", "?per_page=0", "?per_page=101", "?status=done", "?card_id=12"]
)
def test_a_list_refuses_what_is_past_its_ends(waiting: Account, query: str) -> None:
    answer = waiting.get(LIST + query, api="flokan")

    assert answer.status_code == 400
    assert answer.get_json()["success"] is False
    assert query[1:].split("=")[0] in answer.get_json()["error"]


def test_a_card_lists_what_is_linked_to_it(waiting: Account) -> None:
    card, empty = a_card(waiting), a_card(waiting)
    linked = queued(waiting, card_id=card.upper())["generation"]
    queued(waiting)

    assert ids(waiting, f"?card_id={card}") == [linked]
    assert ids(waiting, f"?card_id={card.upper()}&status=pending") == [linked]
    assert ids(waiting, f"?card_id={empty}") == []
    assert waiting.get(f"{LIST}/{linked}", api="flokan").get_json()["data"]["card_id"] == card


def test_another_workspaces_card_is_not_found(waiting: Account) -> None:
    card = a_card(waiting.house.account())

    for query in (f"?card_id={card}", f"?card_id={uuid4()}"):
        assert waiting.get(LIST + query, api="flokan").status_code == 404


def test_another_workspaces_generation_is_not_found_and_in_no_list(waiting: Account) -> None:
    theirs = queued(waiting.house.account())["generation"]

    for method in ("GET", "DELETE"):
        answer = waiting.call(method, f"{LIST}/{theirs}", api="flokan")
        assert (answer.status_code, answer.get_json()["success"]) == (404, False)
        assert isinstance(answer.get_json()["error"], str)
    assert ids(waiting) == []


def test_what_is_no_id_is_refused_and_what_is_no_generation_is_not_found(waiting: Account) -> None:
    for method in ("GET", "DELETE"):
        assert waiting.call(method, f"{LIST}/12", api="flokan").status_code == 400
        assert waiting.call(method, f"{LIST}/{uuid4()}", api="flokan").status_code == 404
    assert waiting.call("PATCH", f"{LIST}/{uuid4()}", api="flokan").status_code == 405


def test_generations_need_a_key(waiting: Account) -> None:
    for path in (LIST, f"{LIST}/{uuid4()}"):
        assert waiting.house.client.get(path).status_code == 401


def test_deleting_takes_the_row_the_images_and_their_storage(account: Account) -> None:
    kept = account.post(f"{BASE}/generate", ASKED, api="flokan").get_json()["data"]
    before = storage(account)
    doomed = account.post(f"{BASE}/generate", {**ASKED, "image_count": 2}, api="flokan").get_json()["data"]
    paths = [url.removeprefix("http://genhook.test") for url in doomed["image_urls"]]
    assert storage(account) == before + doomed["total_file_size_bytes"]
    assert [account.house.client.get(path).status_code for path in paths] == [200, 200]
    context = account.house.context
    with context.database.read() as db:
        objects = list(db.execute(select(files.c.object).where(files.c.path.in_([p[1:] for p in paths]))).scalars())

    answer = account.call("DELETE", f"{LIST}/{doomed['id']}", api="flokan")

    assert (answer.status_code, answer.get_json()) == (
        200,
        {"success": True, "data": {"id": doomed["id"], "deleted": True}},
    )
    assert storage(account) == before
    assert [account.house.client.get(path).status_code for path in paths] == [404, 404]
    assert ids(account) == [kept["id"]]
    assert account.get(f"{LIST}/{doomed['id']}", api="flokan").status_code == 404
    assert account.call("DELETE", f"{LIST}/{doomed['id']}", api="flokan").status_code == 404
    delete_objects(context.database, context.objects)
    for key in objects:
        with pytest.raises(FileNotFoundError):
            context.objects.size(key)
    with context.database.read() as db:
        assert db.execute(select(deletions)).all() == []
    assert account.house.client.get(kept["image_urls"][0].removeprefix("http://genhook.test")).status_code == 200


def test_deleting_what_is_being_made_cancels_its_run_first(waiting: Account) -> None:
    run = queued(waiting, image_count=4)
    assert waiting.balance()["held"] == run["estimate"]["credits"]

    answer = waiting.call("DELETE", f"{LIST}/{run['generation']}", api="flokan")

    assert answer.get_json()["data"] == {"id": run["generation"], "deleted": True}
    assert waiting.get(f"/v1/runs/{run['id']}").get_json()["status"] == "canceled"
    assert waiting.balance() == {"total": 10_000, "held": 0}
    waiting.house.work()
    later = queued(waiting)
    waiting.ended(later["id"])
    assert waiting.balance()["total"] == 10_000 - later["estimate"]["credits"]
    assert ids(waiting) == [later["generation"]]


def test_deleting_what_is_being_made_tells_who_waits_for_its_run(
    waiting: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, told = queued(waiting), []
    monkeypatch.setattr(waiting.house.bell, "announce", lambda channel, messages=(): told.append((channel, messages)))

    waiting.call("DELETE", f"{LIST}/{run['generation']}", api="flokan")

    assert told == [(DELIVERIES, ()), (ENDED, [run["id"]])]


def test_deleting_is_an_action_too(account: Account) -> None:
    made = account.submit("flokan.thumbnails.generate", ASKED, wait=20).get_json()["output"]

    run = account.submit("flokan.generations.delete", {"generation_id": made["id"]}).get_json()

    assert (run["status"], run["output"]) == ("completed", {"id": made["id"], "deleted": True})
    refused = account.submit("flokan.generations.get", {"generation_id": made["id"]})
    assert refused.status_code == 404
