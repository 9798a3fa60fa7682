"""Keys that make keys. Source: generor-api, 'API Keys'."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.house import Account

BASE = "/api/v1/api-keys"
ALL = ["read", "write", "generate"]
WRONG = (400, "VALIDATION_ERROR")
REFUSED = (403, "FORBIDDEN")


def data(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()["data"]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def create(account: Account, own: tuple[str, ...] = (), **members: Any) -> Any:
    """POST with a key whose scopes are `own`, all where none is named."""
    return account.call("POST", BASE, scopes=own, json={"name": "My App", **members})


def with_key(account: Account, key: str, method: str, path: str, **options: Any) -> Any:
    return account.house.client.open(path, method=method, headers={"Authorization": f"Bearer {key}"}, **options)


def numbers(account: Account) -> list[int]:
    return [key["key_id"] for key in data(account.get(BASE))]


def test_a_new_key_has_the_documents_shape_and_works(me: Account) -> None:
    made = data(create(me, scopes=["read", "generate"]), 201)

    key = made["api_key"]
    assert re.fullmatch("gnr_live_[0-9a-f]{40}", key)
    assert made == {
        "key_id": made["key_id"],
        "api_key": key,
        "prefix": key[:17],
        "name": "My App",
        "scopes": ["read", "generate"],
        "message": "Save this API key now. It will not be shown again.",
    }
    assert data(with_key(me, key, "GET", "/api/v1/users/me"))["user_id"] == me.user_id
    assert refused(with_key(me, key, "POST", "/api/v1/teams", json={"name": "x"})) == REFUSED


def test_your_list_shows_prefixes_and_no_key_and_no_others(me: Account, other: Account) -> None:
    data(create(other), 201)
    flixly = me.key("flixly")
    first, second = data(create(me, scopes=["read"]), 201), data(create(me, name="Second"), 201)

    answer = me.get(BASE)

    shown = answer.get_json()
    assert [key["key_id"] for key in shown["data"][:2]] == [second["key_id"], first["key_id"]]
    assert [key["name"] for key in shown["data"]] == ["Second", "My App", "test"]
    assert shown["data"][1].keys() == {"key_id", "prefix", "name", "scopes", "created_at"}
    assert (shown["data"][1]["prefix"], shown["data"][1]["scopes"]) == (first["prefix"], ["read"])
    assert len(shown["data"][1]["created_at"]) == 19
    assert shown["meta"]["total"] == 3
    for secret in (first["api_key"], second["api_key"], flixly, me.key("generor")):
        assert secret[17:] not in answer.text
    assert [key["name"] for key in data(me.get(f"{BASE}?sort=oldest&per_page=1"))] == ["test"]
    for wrong in ("per_page=0", "per_page=101", "page=0", "sort=best"):
        assert refused(me.get(f"{BASE}?{wrong}")) == WRONG


@pytest.mark.parametrize("own", [("read", "write", "generate"), ("read", "write"), ("write",)])
def test_scopes_left_out_are_the_keys_own(me: Account, own: tuple[str, ...]) -> None:
    asked: tuple[dict[str, Any], ...] = ({}, {"scopes": []})
    for members in asked:
        assert data(create(me, own, **members), 201)["scopes"] == list(own)


@pytest.mark.parametrize("lacking", ["read", "generate"])
def test_a_key_mints_no_scope_that_it_lacks(me: Account, lacking: str) -> None:
    own = tuple(scope for scope in ALL if scope != lacking)
    me.key("generor", own)
    before = numbers(me)

    for wanted in ([lacking], [*own, lacking]):
        assert refused(create(me, own, scopes=wanted)) == REFUSED

    assert numbers(me) == before
    made = data(create(me, own, scopes=list(own)), 201)
    assert refused(with_key(me, made["api_key"], "POST", BASE, json={"name": "x", "scopes": [lacking]})) == REFUSED


def test_scopes_named_twice_are_had_once(me: Account) -> None:
    assert data(create(me, scopes=["read", "read", "write"]), 201)["scopes"] == ["read", "write"]


@pytest.mark.parametrize("name", ["x", "x" * 100, "Ключ №1"])
def test_a_key_is_called_anything_of_1_to_100_characters(me: Account, name: str) -> None:
    assert data(create(me, name=name), 201)["name"] == name


@pytest.mark.parametrize(
    "members",
    [
        {"name": None},
        {"name": ""},
        {"name": " "},
        {"name": "x" * 101},
        {"name": 5},
        {"scopes": ["admin"]},
        {"scopes": ["read", "admin"]},
        {"scopes": "read"},
        {"scopes": [1]},
    ],
)
def test_a_key_is_asked_for_rightly(me: Account, members: dict[str, Any]) -> None:
    assert refused(create(me, **members)) == WRONG
    assert refused(me.post(BASE, {"scopes": ["read"]})) == WRONG
    assert len(numbers(me)) == 1


def test_ten_keys_are_active_at_most_and_a_revoked_one_makes_room(me: Account, other: Account) -> None:
    made = [data(create(me), 201) for _ in range(9)]
    assert len(numbers(me)) == 10

    assert refused(create(me)) == (409, "CONFLICT")

    assert len(numbers(me)) == 10
    data(create(other), 201)
    data(me.call("DELETE", f"{BASE}/{made[0]['key_id']}"))
    data(create(me), 201)
    assert refused(create(me)) == (409, "CONFLICT")


def test_ten_keys_are_active_at_most_when_all_are_asked_for_at_once(me: Account) -> None:
    me.key("generor")

    with ThreadPoolExecutor(12) as pool:
        answers = [answer.status_code for answer in pool.map(lambda _: create(me), range(12))]

    assert sorted(answers) == [201] * 9 + [409] * 3
    assert len(numbers(me)) == 10


def test_a_revoked_key_opens_nothing_from_then_on(me: Account) -> None:
    made = data(create(me), 201)
    path = f"{BASE}/{made['key_id']}"
    assert with_key(me, made["api_key"], "GET", "/api/v1/users/me").status_code == 200

    revoked = {"key_id": made["key_id"], "revoked": True, "prefixes": [made["prefix"]]}
    assert data(me.call("DELETE", path)) == revoked

    assert refused(with_key(me, made["api_key"], "GET", "/api/v1/users/me")) == (401, "UNAUTHORIZED")
    assert made["key_id"] not in numbers(me)
    assert refused(me.call("DELETE", path)) == (404, "NOT_FOUND")


def test_a_key_may_revoke_itself(me: Account) -> None:
    made = data(create(me), 201)

    assert with_key(me, made["api_key"], "DELETE", f"{BASE}/{made['key_id']}").status_code == 200

    assert refused(with_key(me, made["api_key"], "GET", BASE)) == (401, "UNAUTHORIZED")


def test_nobody_revokes_anothers_key_nor_one_of_another_api(me: Account, other: Account) -> None:
    theirs = data(create(other), 201)
    flixly = me.key("flixly")
    unseen = {*range(1, 10)} - set(numbers(me))

    for number in (*unseen, 999):
        assert refused(me.call("DELETE", f"{BASE}/{number}")) == (404, "NOT_FOUND")

    assert refused(me.call("DELETE", f"{BASE}/0")) == WRONG
    assert with_key(me, theirs["api_key"], "GET", BASE).status_code == 200
    assert with_key(me, flixly, "GET", "/api/v1/generate/credits").status_code == 200


def test_keys_are_managed_by_keys_that_may(me: Account) -> None:
    made = data(create(me), 201)
    path = f"{BASE}/{made['key_id']}"

    for method, each in (("GET", BASE), ("POST", BASE), ("DELETE", path)):
        assert refused(me.house.client.open(each, method=method, json={"name": "x"})) == (401, "UNAUTHORIZED")
    assert refused(create(me, ("read", "generate"), scopes=["read"])) == REFUSED
    assert refused(me.call("DELETE", path, scopes=("read", "generate"))) == REFUSED
    assert refused(me.call("GET", BASE, scopes=("write",))) == REFUSED
    assert made["key_id"] in numbers(me)


def test_a_run_shows_a_new_key_once(me: Account) -> None:
    headers = {"Idempotency-Key": "a new key"}
    action, wanted = "generor.api_keys.create", {"name": "By an action"}

    run = me.submit(action, wanted, headers=headers).get_json()

    assert with_key(me, run["output"]["api_key"], "GET", BASE).status_code == 200
    replay = me.submit(action, wanted, headers=headers)
    assert replay.headers["Idempotency-Replayed"] == "true"
    for later in (replay.get_json(), me.get(f"/v1/runs/{run['id']}").get_json()):
        assert later["output"] == run["output"] | {"api_key": None}
    listed = me.submit("generor.api_keys.list", {}).get_json()["output"]["data"]
    assert [key["name"] for key in listed].count("By an action") == 1
    revoked = me.submit("generor.api_keys.revoke", {"id": run["output"]["key_id"]}).get_json()["output"]
    assert revoked == {
        "key_id": run["output"]["key_id"],
        "revoked": True,
        "prefixes": [run["output"]["prefix"]],
    }


def test_a_flixly_key_mints_no_generor_scope_that_it_lacks(me: Account) -> None:
    def ask(*own: str, **members: Any) -> Any:
        body = {"input": {"name": "Across", **members}}
        return me.call("POST", "/v1/actions/generor.api_keys.create", api="flixly", scopes=own, json=body)

    assert ask("read", "write").get_json()["output"]["scopes"] == ["read", "write"]
    assert ask("read", "write", scopes=["generate"]).status_code == 403
    assert ask("read").status_code == 403
