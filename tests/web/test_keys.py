"""`/v1/keys`: minted, limited, rotated and revoked over HTTP, never beyond what the key that asks may."""

from typing import Any

import pytest

from service.accounts import authentication, budgets, keys
from service.accounts.budgets import ACCOUNT, Limit
from tests.support.house import Account, House

FULL = ("read", "write", "generate", "admin")


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


def call(
    account: Account, method: str, path: str, body: Any = None, scopes: tuple[str, ...] = FULL, **more: Any
) -> Any:
    return account.call(method, f"/v1/keys{path}", scopes=scopes, json=body, **more)


def mint(account: Account, scopes: tuple[str, ...] = FULL, **body: Any) -> dict[str, Any]:
    answer = call(account, "POST", "", {"name": "child", **body}, scopes=scopes)
    assert answer.status_code == 201, answer.get_json()
    made: dict[str, Any] = answer.get_json()
    return made


def good(account: Account, token: str) -> int:
    """The status that a key gets."""
    return account.house.client.get("/v1/account", headers={"Authorization": f"Bearer {token}"}).status_code


def listed(account: Account) -> dict[str, dict[str, Any]]:
    return {key["prefix"]: key for key in call(account, "GET", "").get_json()["data"]}


def test_a_key_is_shown_whole_once_and_listed_by_its_prefix(account: Account) -> None:
    made = mint(account, budget="5/day")
    assert good(account, made["api_key"]) == 200
    own = account.key("generor", FULL)[: len("gnr_live_") + 8]
    shown = listed(account)[made["prefix"]]
    assert (shown["parent"], shown["scopes"]) == (own, ["read", "write", "generate"])
    assert shown["budget"] | {"resets_at": None} == {
        "scope": "key",
        "key": made["prefix"],
        "limit": 5,
        "period": "day",
        "used": 0,
        "held": 0,
        "resets_at": None,
    }
    assert "api_key" not in shown
    assert made["api_key"] not in call(account, "GET", "").get_data(as_text=True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"name": "x"}),
        ("PATCH", "/gnr_live_00000000", {"name": "x"}),
        ("DELETE", "/gnr_live_00000000", None),
    ],
)
def test_writing_needs_the_scope_admin(account: Account, method: str, path: str, body: Any) -> None:
    refused = call(account, method, path, body, scopes=("read", "write", "generate"))
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/forbidden")
    assert refused.get_json()["needed"] == "admin"


@pytest.mark.parametrize("scope", ["admin", "operator"])
def test_only_the_command_line_gives_admin_and_operator(account: Account, scope: str) -> None:
    assert call(account, "POST", "", {"name": "x", "scopes": ["read", scope]}).status_code == 403
    by_generor = account.call("POST", "/api/v1/api-keys", scopes=FULL, json={"name": "x", "scopes": [scope]})
    assert by_generor.status_code in (400, 403)
    assert "admin" not in mint(account)["scopes"]


def test_a_key_mints_no_scope_that_it_lacks(account: Account) -> None:
    narrow = ("read", "admin")
    assert call(account, "POST", "", {"name": "x", "scopes": ["generate"]}, scopes=narrow).status_code == 403
    assert mint(account, scopes=narrow)["scopes"] == ["read"]
    assert call(account, "POST", "", {"name": "x", "api": "flokan"}, scopes=narrow).status_code == 403
    assert mint(account, api="flokan")["scopes"] == ["thumbnail_generator"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "x", "api": "shop"}, "/api"),
        ({"name": "x", "scopes": ["fly"]}, "/scopes"),
        ({"name": "x", "budget": "lots"}, "/budget"),
        ({"name": "x", "secret": "y"}, "/secret"),
    ],
)
def test_a_wrong_member_is_named(account: Account, body: dict[str, Any], pointer: str) -> None:
    refused = call(account, "POST", "", body)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == pointer
    assert len(listed(account)) == 1


def test_revoking_a_key_ends_every_generation_below_it(account: Account) -> None:
    child = mint(account)
    # The child can't mint over /v1: it has no admin. Generor's own path lets it.
    headers = {"Authorization": f"Bearer {child['api_key']}"}
    grandchild = account.house.client.post("/api/v1/api-keys", json={"name": "g"}, headers=headers).get_json()["data"]
    sibling = mint(account)

    answer = call(account, "DELETE", f"/{child['prefix']}")

    assert answer.get_json() == {"revoked": [child["prefix"], grandchild["prefix"]]}
    assert [good(account, one["api_key"]) for one in (child, grandchild, sibling)] == [401, 401, 200]
    assert call(account, "DELETE", f"/{child['prefix']}").status_code == 404


def test_generors_own_path_names_what_it_ended(account: Account) -> None:
    child = account.post("/api/v1/api-keys", {"name": "c"}).get_json()["data"]
    headers = {"Authorization": f"Bearer {child['api_key']}"}
    below = account.house.client.post("/api/v1/api-keys", json={"name": "g"}, headers=headers).get_json()["data"]
    ended = account.call("DELETE", f"/api/v1/api-keys/{child['key_id']}").get_json()["data"]
    assert ended == {"key_id": child["key_id"], "revoked": True, "prefixes": [child["prefix"], below["prefix"]]}


def test_a_rotated_key_goes_on_until_its_grace_and_its_successor_adopts_everything(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = mint(account, budget="9/month")
    headers = {"Authorization": f"Bearer {old['api_key']}"}
    below = account.house.client.post("/api/v1/api-keys", json={"name": "g"}, headers=headers).get_json()["data"]

    made = call(account, "POST", f"/{old['prefix']}/rotate", {"grace": "1h"}).get_json()

    assert (made["scopes"], made["parent"], made["rotated"]) == (old["scopes"], old["parent"], old["prefix"])
    assert made["budget"]["limit"] == 9
    assert listed(account)[below["prefix"]]["parent"] == made["prefix"]
    assert [good(account, one["api_key"]) for one in (old, made, below)] == [200, 200, 200]
    assert call(account, "POST", f"/{old['prefix']}/rotate", {}).status_code == 409
    later = keys.now() + 3_600_001
    for room in (authentication, keys):
        monkeypatch.setattr(room, "now", lambda: later)
    assert [good(account, one["api_key"]) for one in (old, made, below)] == [401, 200, 200]


def test_both_keys_of_a_rotation_share_one_budget(account: Account) -> None:
    old = mint(account, budget="2/month")
    made = call(account, "POST", f"/{old['prefix']}/rotate", {}).get_json()
    joke = {"input": {"slug": "joke", "model_id": 37, "prompt": "x"}}
    codes = [
        account.house.client.post(
            "/v1/actions/generor.generators.generate", json=joke, headers={"Authorization": f"Bearer {one['api_key']}"}
        ).status_code
        for one in (old, made, old)
    ]
    assert codes == [202, 202, 402]


def test_no_key_rotates_itself_into_more_than_it_has(account: Account) -> None:
    full = mint(account)
    narrow = ("read", "admin")
    assert call(account, "POST", f"/{full['prefix']}/rotate", {}, scopes=narrow).status_code == 403
    assert good(account, full["api_key"]) == 200


def test_a_key_with_a_budget_does_not_rotate_out_of_it(account: Account) -> None:
    free, bound = mint(account), ("read", "write", "generate", "admin", "operator")
    house = account.house
    with house.context.database.read() as db:
        own = authentication.authenticate(db, house.context.vault, account.key("generor", bound)).key_id
    house.context.database.write(lambda db: budgets.set_budget(db, account.id, own, Limit(5, "day")))
    assert call(account, "POST", f"/{free['prefix']}/rotate", {}, scopes=bound).status_code == 403
    prefix = account.key("generor", bound)[: len("gnr_live_") + 8]
    assert call(account, "POST", f"/{prefix}/rotate", {}, scopes=bound).status_code == 201


def test_a_budget_is_changed_and_taken_away_but_no_key_loosens_its_own(account: Account) -> None:
    child, own = mint(account), account.key("generor", FULL)[: len("gnr_live_") + 8]
    assert call(account, "PATCH", f"/{child['prefix']}", {"budget": "7/total"}).get_json()["budget"]["limit"] == 7
    assert call(account, "PATCH", f"/{child['prefix']}", {"budget": None}).get_json()["budget"] is None
    assert call(account, "PATCH", f"/{child['prefix']}", {"name": "renamed"}).get_json()["name"] == "renamed"
    assert [
        call(account, "PATCH", f"/{own}", {"budget": budget}).status_code
        for budget in ("7/day", "3/day", "7/day", None, "3/total")
    ] == [200, 200, 403, 403, 403]
    assert call(account, "PATCH", f"/{own}", {}).status_code == 422


def test_keys_of_another_account_are_not_there(account: Account) -> None:
    other = mint(account.house.account())
    for method, path in (("DELETE", ""), ("PATCH", ""), ("POST", "/rotate")):
        body = {"name": "x"} if method == "PATCH" else None if method == "DELETE" else {}
        assert call(account, method, f"/{other['prefix']}{path}", body).status_code == 404
    assert other["prefix"] not in listed(account)


def test_budgets_are_listed_as_refusals_show_them(account: Account) -> None:
    write = account.house.context.database.write
    write(lambda db: budgets.set_budget(db, account.id, ACCOUNT, Limit(100, "total")))
    child = mint(account, budget="5/day")
    told = account.get("/v1/budgets").get_json()["data"]
    assert [(one["scope"], one["key"], one["limit"]) for one in told] == [
        ("account", None, 100),
        ("key", child["prefix"], 5),
    ]
