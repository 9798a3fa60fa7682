"""Creations are listed, found, changed and deleted as the document says. Source: generor-api, 'Creations'."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import insert, select, update

from service.errors import ProviderError, TimedOut
from service.files.removal import delete_objects
from service.queue import DELIVERIES, ENDED
from service.runs.terminate import end, error_json
from service.store.search import folded
from service.store.tables import accounts, creations, files, runs
from tests.support.house import Account, House

BASE = "/api/v1/creations"
JOKE = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}
PICTURE = {"slug": "image", "prompt": "A sunset over mountains", "model_id": 10003}
MEMBERS = {
    "creation_id",
    "generator",
    "user_id",
    "username",
    "prompt",
    "created_at",
    "privacy_mode",
    "type",
    "license",
    "images",
    "generator_data",
}


def make(account: Account, wanted: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """The first creation of a generate, as generate answers it."""
    asked = {**(wanted or JOKE), **members}
    answer = account.post(f"/api/v1/generators/{asked.pop('slug')}/generate", asked)
    assert answer.status_code == 201, answer.get_json()
    made: dict[str, Any] = answer.get_json()["data"]["creations"][0]
    return made


def pending(account: Account, **members: Any) -> tuple[dict[str, Any], list[int]]:
    """A run that nobody works on, and the ids of its creations."""
    run = account.submit("generor.generators.generate", {**JOKE, **members}).get_json()
    query = select(creations.c.id).where(creations.c.run_id == run["id"]).order_by(creations.c.item)
    with account.house.context.database.read() as db:
        return run, list(db.execute(query).scalars())


def enter(account: Account, prompt: str, **columns: Any) -> int:
    """A creation that is there, without the work of making it."""
    row = {
        "account_id": account.id,
        "user_id": account.user_id,
        "run_id": f"run of {prompt}"[:36],
        "item": 0,
        "generator": "image",
        "model_id": 10003,
        "type": "image",
        "prompt": prompt,
        "words": folded(prompt),
        "privacy_mode": 0,
        "license": 1,
        "made": True,
        "created_at": 1_771_588_800_000,
        **columns,
    }
    query = insert(creations).values(**row).returning(creations.c.id)
    return int(account.house.context.database.write(lambda db: db.execute(query).scalar_one()))


def ids(account: Account, path: str, **query: Any) -> list[int]:
    answer = account.get(path, query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return [creation["creation_id"] for creation in answer.get_json()["data"]]


def found(account: Account, q: str, **query: Any) -> list[int]:
    return ids(account, f"{BASE}/search", q=q, **query)


def status(account: Account, creation_id: int) -> Any:
    return account.get(f"{BASE}/{creation_id}/status")


def storage(account: Account) -> int:
    with account.house.context.database.read() as db:
        return int(db.execute(select(accounts.c.storage_used).where(accounts.c.id == account.id)).scalar_one())


@pytest.fixture
def me(idle_house: House) -> Account:
    """An account in a Genhook in which nobody works."""
    return idle_house.account()


@pytest.fixture
def other(me: Account) -> Account:
    return me.house.account()


def test_a_creation_has_the_documents_shape(account: Account) -> None:
    made = make(account, PICTURE)

    shown = account.house.client.get(f"{BASE}/{made['creation_id']}").get_json()

    assert shown.keys() == {"success", "data"}
    data = shown["data"]
    assert data.keys() == MEMBERS
    assert (data["creation_id"], data["generator"], data["type"]) == (made["creation_id"], "image", "img")
    assert (data["user_id"], data["username"]) == (account.user_id, account.name)
    assert (data["prompt"], data["privacy_mode"], data["license"]) == (PICTURE["prompt"], 0, 1)
    assert (len(data["created_at"]), data["created_at"][10]) == (19, " ")
    (image,) = data["images"]
    assert image.keys() == {"url", "width", "height"}
    assert image["url"].startswith(f"/users/{account.user_id}/img/image-{made['creation_id']}.")
    assert made["image_url"] == "http://genhook.test" + image["url"]
    assert account.house.client.get(image["url"]).status_code == 200


def test_a_text_creations_own_fields_are_its_generator_data(account: Account) -> None:
    made = make(account)

    data = account.get(f"{BASE}/{made['creation_id']}").get_json()["data"]

    assert data["generator_data"] == {name: value for name, value in made.items() if name != "creation_id"}
    assert (data["images"], data["type"]) == ([], "text")


def test_your_list_has_your_own_and_no_others_newest_first(me: Account, other: Account) -> None:
    first, private = enter(me, "one"), enter(me, "two", privacy_mode=1)
    enter(other, "three")
    joke = enter(me, "four", generator="joke")
    enter(me, "five", deleted_at=1)
    enter(me, "six", made=False)

    assert ids(me, BASE) == [joke, private, first]
    assert ids(me, BASE, sort="oldest") == [first, private, joke]
    assert ids(me, BASE, generator="joke") == [joke]
    assert ids(me, BASE, generator="no-such-one") == []
    assert me.house.client.get(BASE).status_code == 401


def test_public_lists_hold_nothing_that_is_private_deleted_or_not_made(me: Account, other: Account) -> None:
    mine, theirs = enter(me, "one"), enter(other, "two", generator="joke")
    enter(me, "three", privacy_mode=1)
    enter(me, "four", deleted_at=1)
    enter(me, "five", made=False)

    assert ids(me, f"{BASE}/public") == [theirs, mine]
    assert ids(me, f"{BASE}/public", sort="oldest") == [mine, theirs]
    assert ids(me, f"{BASE}/public", generator="image") == [mine]
    assert ids(me, "/api/v1/generators/joke/creations") == [theirs]
    assert ids(me, "/api/v1/generators/poem/creations") == []
    for path in (f"{BASE}/public", "/api/v1/generators/joke/creations", f"{BASE}/search?q=two"):
        answer = me.house.client.get(path)
        assert answer.status_code == 200
        assert theirs in [creation["creation_id"] for creation in answer.get_json()["data"]]
    unknown = me.house.client.get("/api/v1/generators/no-such-one/creations")
    assert (unknown.status_code, unknown.get_json()["error"]["code"]) == (404, "NOT_FOUND")


def test_pages_are_20_and_100_at_most(me: Account) -> None:
    made = [enter(me, f"number {n}") for n in range(41)]

    for path in (BASE, f"{BASE}/public", "/api/v1/generators/image/creations", f"{BASE}/search?q=number"):
        join = "&" if "?" in path else "?"
        first, third = (me.get(f"{path}{join}page={n}").get_json() for n in (1, 3))
        assert [item["creation_id"] for item in first["data"]] == made[:-21:-1]
        assert first["meta"] == {
            "page": 1,
            "per_page": 20,
            "total": 41,
            "total_pages": 3,
            "has_next": True,
            "has_prev": False,
        }
        assert [item["creation_id"] for item in third["data"]] == made[:1]
        assert (third["meta"]["has_next"], third["meta"]["has_prev"]) == (False, True)
        assert me.get(f"{path}{join}page=4").get_json()["data"] == []
        assert len(me.get(f"{path}{join}per_page=100").get_json()["data"]) == 41
        for wrong in ("page=0", "page=x", "per_page=0", "per_page=101", "sort=best"):
            answer = me.get(f"{path}{join}{wrong}")
            assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "VALIDATION_ERROR")


def test_search_wants_all_words_whole_and_takes_operators_as_text(me: Account) -> None:
    mountain = enter(me, "A sunset over the MOUNTAINS, near Crème-Brûlée town")
    sea = enter(me, "Sunset over the sea -- 100% pure_gold OR nothing*")
    numbers = enter(me, "Route 66 near São Paulo, straße, İstanbul, 𝐀rt")

    assert found(me, "sunset") == [sea, mountain]
    assert found(me, "sunset mountains") == found(me, "Mountains SUNSET") == [mountain]
    assert found(me, "mountain") == found(me, "sun") == found(me, "sunsets") == []
    assert found(me, "creme brulee") == found(me, "CRÈME") == found(me, "brûlée") == [mountain]
    assert found(me, "the") == [sea, mountain]
    assert found(me, "sunset OR mountains") == []
    assert found(me, "sunset OR nothing") == [sea]
    assert found(me, "sunset -mountains") == [mountain]
    assert found(me, "sun*") == found(me, "NOT sunset") == []
    assert found(me, '"over the sea"') == found(me, 'sea" OR "sunset') == [sea]
    assert found(me, "sea') OR 1=1 --") == []
    assert found(me, "100%") == found(me, "gold") == found(me, "pure_gold") == [sea]
    assert found(me, "66 sao PAULO") == found(me, "strasse istanbul art") == [numbers]


@pytest.mark.parametrize("q", ["%", "*", '"', "''", "()", "-", "_", " ", ":", "^"])
def test_a_search_without_a_word_finds_nothing(me: Account, q: str) -> None:
    enter(me, "a * % _ prompt")

    assert found(me, q) == []


def test_a_search_for_any_script_and_any_length(me: Account) -> None:
    hindi, russian, chinese = (enter(me, p) for p in ("एक सुंदर किताब", "Ёлка в Москве", "富士山 夕日"))
    long = enter(me, "x" * 5000 + " end")

    assert found(me, "किताब") == [hindi]
    assert found(me, "कताब") == []
    assert found(me, "елка москве") == [russian]
    assert found(me, "富士山") == [chinese]
    assert found(me, "x" * 200) == []
    assert found(me, "end") == [long]
    same = "y" * 190
    exact = enter(me, f"{same} and more")
    assert found(me, f"{same} more") == [exact]
    assert found(me, f"{same[:-1]}z") == []


def test_a_search_keeps_in_step_with_what_is_public(me: Account, other: Account) -> None:
    mine = enter(me, "secret garden", generator="joke")
    theirs = enter(other, "secret passage", privacy_mode=1)
    assert found(other, "secret") == [mine]

    me.call("PATCH", f"{BASE}/{mine}", json={"privacy_mode": 1})
    assert found(other, "secret") == found(me, "secret") == []
    other.call("PATCH", f"{BASE}/{theirs}", json={"privacy_mode": 0})
    me.call("PATCH", f"{BASE}/{mine}", json={"privacy_mode": 0})
    assert found(me, "secret") == [theirs, mine]
    assert found(me, "secret", generator="joke") == [mine]
    assert found(me, "secret", generator="jo") == found(me, "secret", generator='"') == []
    assert found(me, "secret", sort="oldest", per_page=1, page=2) == [theirs]
    me.call("DELETE", f"{BASE}/{mine}")
    assert found(me, "secret") == [theirs]


@pytest.mark.parametrize("query", ["", "?q=", "?q=" + "x" * 201])
def test_a_search_needs_a_query_of_1_to_200_characters(me: Account, query: str) -> None:
    answer = me.get(f"{BASE}/search{query}")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert me.get(f"{BASE}/search?q=" + "x" * 200).status_code == 200


def test_a_private_creation_is_not_there_for_anybody_else(account: Account) -> None:
    other = account.house.account()
    made = make(account, PICTURE, privacy_mode=1)
    path = f"{BASE}/{made['creation_id']}"

    for answer in (other.get(path), other.get(f"{path}/status"), account.house.client.get(path)):
        assert answer.status_code == 404
        assert answer.get_json()["error"] == {"code": "NOT_FOUND", "message": "Creation not found", "status": 404}
    assert account.house.client.get(f"{path}/status").status_code == 401
    assert made["creation_id"] not in ids(other, f"{BASE}/public") + found(other, "sunset")
    image = account.get(path).get_json()["data"]["images"][0]["url"]
    bare = urlsplit(image).path
    assert account.house.client.get(image).status_code == 200
    assert [account.house.client.get(bare).status_code, other.get(bare).status_code] == [404, 404]
    assert account.get(bare).status_code == 200
    assert (
        account.house.client.get(urlsplit(made["image_url"])._replace(scheme="", netloc="").geturl()).status_code == 200
    )


def test_a_change_of_privacy_covers_the_files(account: Account) -> None:
    made = make(account, PICTURE)
    path, file = f"{BASE}/{made['creation_id']}", urlsplit(made["image_url"]).path
    assert account.house.client.get(file).status_code == 200

    hidden = account.call("PATCH", path, json={"privacy_mode": 1, "license": 2})

    assert hidden.status_code == 200
    data = hidden.get_json()["data"]
    assert (data["privacy_mode"], data["license"], data.keys()) == (1, 2, MEMBERS)
    assert account.house.client.get(file).status_code == 404
    assert account.house.client.get(data["images"][0]["url"]).status_code == 200
    assert account.house.client.get(path).status_code == 404
    shown = account.call("PATCH", path, json={"privacy_mode": 0}).get_json()["data"]
    assert (shown["privacy_mode"], shown["license"], shown["images"][0]["url"]) == (0, 2, file)
    assert account.house.client.get(file).status_code == 200
    assert account.get(path).get_json()["data"] == shown


def test_a_change_of_privacy_covers_the_stored_runs_links(account: Account) -> None:
    run = account.submit("generor.generators.generate", {**PICTURE, "count": 2}, wait=20).get_json()
    first, second = run["output"]["creations"]
    path = f"{BASE}/{first['creation_id']}"

    def links() -> list[str]:
        shown = account.get(f"/v1/runs/{run['id']}").get_json()["output"]["creations"]
        return [creation["image_url"] for creation in shown]

    assert links() == [first["image_url"], second["image_url"]]
    account.call("PATCH", path, json={"privacy_mode": 1})
    hidden, other = links()
    assert (hidden.partition("?")[0], other) == (first["image_url"], second["image_url"])
    assert account.house.client.get(first["image_url"]).status_code == 404
    assert account.house.client.get(hidden).status_code == 200
    account.call("PATCH", path, json={"privacy_mode": 0})
    assert links() == [first["image_url"], second["image_url"]]


@pytest.mark.parametrize(
    "body", [{}, {"prompt": "x"}, {"privacy_mode": 2}, {"privacy_mode": "2"}, {"license": 0}, {"license": 3}]
)
def test_an_update_refuses_what_is_no_value(me: Account, body: dict[str, Any]) -> None:
    answer = me.call("PATCH", f"{BASE}/{enter(me, 'mine')}", json=body)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "VALIDATION_ERROR")


def test_only_the_owner_changes_and_deletes(me: Account, other: Account) -> None:
    theirs = enter(other, "theirs")

    for method in ("PATCH", "DELETE"):
        for creation in (theirs, theirs + 1, 10**12):
            answer = me.call(method, f"{BASE}/{creation}", json={"license": 2})
            assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "NOT_FOUND")
        assert me.house.client.open(f"{BASE}/{theirs}", method=method, json={"license": 2}).status_code == 401
        reader = other.call(method, f"{BASE}/{theirs}", json={"license": 2}, scopes=("read", "generate"))
        assert (reader.status_code, reader.get_json()["error"]["code"]) == (403, "FORBIDDEN")
        assert other.call(method, f"{BASE}/zero", json={"license": 2}).status_code == 400
    assert other.get(f"{BASE}/{theirs}").get_json()["data"]["license"] == 1


def test_what_is_not_made_yet_has_nothing_to_change(me: Account) -> None:
    _, (creation,) = pending(me)

    answer = me.call("PATCH", f"{BASE}/{creation}", json={"privacy_mode": 1})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "CONFLICT")


def test_deleting_takes_the_creation_its_file_and_its_storage(account: Account) -> None:
    kept = make(account, PICTURE)
    before = storage(account)
    doomed = make(account, PICTURE, prompt="A lighthouse in a storm")
    path, file = f"{BASE}/{doomed['creation_id']}", urlsplit(doomed["image_url"]).path
    context = account.house.context
    with context.database.read() as db:
        key = db.execute(select(files.c.object).where(files.c.path == file[1:])).scalar_one()
    assert storage(account) > before

    answer = account.call("DELETE", path)

    assert answer.status_code == 200
    assert answer.get_json() == {"success": True, "data": {"creation_id": doomed["creation_id"], "deleted": True}}
    assert storage(account) == before
    assert account.get(file).status_code == 404
    for gone in (account.get(path), account.get(f"{path}/status"), account.call("DELETE", path)):
        assert gone.status_code == 404
    assert ids(account, BASE) == ids(account, f"{BASE}/public") == [kept["creation_id"]]
    assert found(account, "lighthouse") == []
    delete_objects(context.database, context.objects)
    with pytest.raises(FileNotFoundError):
        context.objects.size(key)
    assert account.get(urlsplit(kept["image_url"]).path).status_code == 200


def test_deleting_what_is_being_made_cancels_its_batch_first(me: Account) -> None:
    run, (first, second, third) = pending(me, count=3)
    assert me.balance()["held"] == run["estimate"]["credits"]

    assert me.call("DELETE", f"{BASE}/{second}").status_code == 200

    assert me.get(f"/v1/runs/{run['id']}").get_json()["status"] == "canceled"
    assert me.balance() == {"total": 10_000, "held": 0}
    assert [status(me, creation).status_code for creation in (first, second, third)] == [200, 404, 200]
    assert status(me, first).get_json()["data"]["status"] == "cancelled"


def test_a_delete_that_cancels_tells_who_waits_once_it_is_committed(
    me: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run, (creation,)), told = pending(me), []

    def announce(channel: str, messages: Any = ()) -> None:
        told.append((channel, list(messages), me.get(f"/v1/runs/{run['id']}").get_json()["status"]))

    monkeypatch.setattr(me.house.bell, "announce", announce)
    assert me.call("DELETE", f"{BASE}/{creation}").status_code == 200
    assert told == [(DELIVERIES, [], "canceled"), (ENDED, [run["id"]], "canceled")]


def test_a_status_follows_the_run(me: Account) -> None:
    (run, (creation, lacking)), context = pending(me, count=2), me.house.context

    def data() -> dict[str, Any]:
        answer: dict[str, Any] = status(me, creation).get_json()["data"]
        return answer

    assert data() == {"creation_id": creation, "status": "pending", "progress": 0.0, "error": None}
    context.database.write(
        lambda db: db.execute(update(runs).where(runs.c.id == run["id"]).values(status="running", progress=0.5))
    )
    assert data() == {"creation_id": creation, "status": "generating", "progress": 0.5, "error": None}
    context.database.write(lambda db: db.execute(update(creations).where(creations.c.id == creation).values(made=True)))
    context.database.write(lambda db: end(db, run["id"], "completed", None))
    assert data() == {"creation_id": creation, "status": "completed", "progress": 1.0, "error": None}
    assert status(me, lacking).get_json()["data"]["status"] == "failed"
    assert status(me, lacking).get_json()["data"]["error"]


def test_a_status_tells_why_there_is_no_creation(me: Account, other: Account) -> None:
    for error, named in (
        (ProviderError("It broke."), "failed"),
        (TimedOut("Too late."), "failed"),
        (None, "cancelled"),
    ):
        run, (creation,) = pending(me)
        ended = "canceled" if error is None else "failed"
        stored = None if error is None else error_json(error)
        me.house.context.database.write(lambda db: end(db, run["id"], ended, stored))  # noqa: B023

        data = status(me, creation).get_json()["data"]

        assert (data["status"], data["error"]) == (named, error.message if error else None)
        assert status(other, creation).status_code == 404
        assert other.get(f"{BASE}/{creation}").status_code == 404
        assert me.get(f"{BASE}/{creation}").status_code == 200


def test_the_same_operations_are_actions(me: Account) -> None:
    creation = enter(me, "mine")

    changed = me.submit("generor.creations.update", {"id": creation, "license": 2}).get_json()
    listed = me.submit("generor.creations.list", {}).get_json()["output"]
    deleted = me.submit("generor.creations.delete", {"id": creation}).get_json()

    assert changed["output"]["license"] == 2
    assert [item["creation_id"] for item in listed["data"]] == [creation]
    assert listed["meta"]["total"] == 1
    assert deleted["output"] == {"creation_id": creation, "deleted": True}
    assert me.submit("generor.creations.get", {"id": creation}).status_code == 404
    options = me.post("/v1/actions/generor.creations.update/fields", {"field": "id", "input": {}}).get_json()
    assert options["options"] == []
