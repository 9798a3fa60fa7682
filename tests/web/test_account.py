"""`/v1/account`, own keys and the operator's view: secrets are shown once, addresses never set over HTTP."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from service.accounts import accounts, budgets, keyring, ledger
from service.accounts.budgets import Limit
from service.errors import Forbidden
from service.processes import sweeper
from service.store.tables import accounts as rows
from service.store.tables import api_keys, extensions, provider_keys
from tests.support.house import Account, House

ADMIN = ("read", "write", "generate", "admin")
OPERATOR = ("read", "operator")
WRITES = [
    ("PATCH", "/v1/account", {"budget": "5/day"}),
    ("POST", "/v1/account/secret/rotate", None),
    ("PUT", "/v1/providers/fal", {"key": "k"}),
    ("DELETE", "/v1/providers/fal", None),
    ("PUT", "/v1/connections/flixly", {"key": "k"}),
    ("DELETE", "/v1/connections/flixly", None),
]


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


def call(account: Account, method: str, path: str, body: Any = None, scopes: tuple[str, ...] = ADMIN) -> Any:
    return account.call(method, path, scopes=scopes, json=body)


def test_an_account_shows_its_plan_and_limits_and_no_secret(account: Account) -> None:
    answer = account.get("/v1/account")
    told = answer.get_json()
    assert (told["name"], told["plan"], told["credits"], told["held"]) == (account.name, "pro", 10_000, 0)
    assert told["limits"]["generor"]["minute"] == 120
    assert told["secrets"] == [{"expires_at": None}]
    assert account.secret not in answer.get_data(as_text=True)


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_every_write_needs_the_scope_admin(account: Account, method: str, path: str, body: Any) -> None:
    refused = call(account, method, path, body, scopes=("read", "write", "generate"))
    assert (refused.status_code, refused.get_json()["needed"]) == (403, "admin")


def budget(account: Account, wanted: str | None, scopes: tuple[str, ...] = ADMIN) -> Any:
    return call(account, "PATCH", "/v1/account", {"budget": wanted}, scopes)


def test_an_account_sets_and_lowers_its_budget_which_then_refuses_what_is_over_it(account: Account) -> None:
    assert call(account, "GET", "/v1/account").get_json()["budget"] is None
    assert budget(account, "500/month").get_json()["budget"]["limit"] == 500
    lowered = budget(account, "0/month").get_json()["budget"]
    assert call(account, "GET", "/v1/account").get_json()["budget"] == lowered
    assert call(account, "GET", "/v1/budgets").get_json()["data"] == [lowered]
    joke = {"slug": "joke", "model_id": 37, "prompt": "x"}
    refused = account.submit("generor.generators.generate", joke)
    assert (refused.status_code, refused.get_json()["budget"]) == (402, lowered)


@pytest.mark.parametrize("loosened", ["6/day", "5/month", "none", None])
def test_only_the_operator_raises_an_accounts_budget_or_takes_it_away(account: Account, loosened: str | None) -> None:
    budget(account, "5/day")
    refused = budget(account, loosened)
    assert (refused.status_code, refused.get_json()["needed"]) == (403, "operator")
    account.house.context.database.write(lambda db: accounts.change(db, account.id, operator=True))
    assert budget(account, loosened, (*ADMIN, "operator")).status_code == 200


def test_a_key_with_a_budget_does_not_change_the_accounts(account: Account) -> None:
    context = account.house.context
    account.key("generor", ADMIN)
    with context.database.read() as db:
        own = db.execute(select(api_keys.c.id).where(api_keys.c.account_id == account.id)).scalars().all()
    context.database.write(lambda db: [budgets.set_budget(db, account.id, each, Limit(9, "day")) for each in own])
    assert budget(account, "5/day").status_code == 403
    assert call(account, "GET", "/v1/account").get_json()["budget"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, ""), ({"budget": "5"}, "/budget"), ({"budget": 5}, "/budget"), ({"limit": "5/day"}, "/limit")],
)
def test_a_change_of_the_account_that_is_none_is_refused_at_its_member(
    account: Account, body: Any, pointer: str
) -> None:
    refused = call(account, "PATCH", "/v1/account", body)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_the_callback_secret_is_rotated_and_shown_once(account: Account) -> None:
    told = call(account, "POST", "/v1/account/secret/rotate").get_json()
    assert told["callback_secret"].startswith("whsec_")
    house = account.house
    with house.context.database.read() as db:
        signing = accounts.secrets_of(db, house.context.vault, account.id)
    assert signing == [told["callback_secret"], account.secret]
    assert account.get("/v1/account").get_json()["secrets"][0] == {"expires_at": None}


def test_a_provider_key_is_kept_without_its_address_and_never_shown(account: Account) -> None:
    assert call(account, "PUT", "/v1/providers/fal", {"key": "fal-secret"}).get_json() == {
        "name": "fal",
        "configured": True,
        "enabled": True,
        "in_plan": True,
    }
    listed = account.get("/v1/providers")
    assert "fal-secret" not in listed.get_data(as_text=True)
    assert {one["name"]: one["configured"] for one in listed.get_json()["data"]}["fal"]
    refused = call(account, "PUT", "/v1/providers/fal", {"key": "k", "base_url": "http://10.0.0.1"})
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/base_url")
    with account.house.context.database.read() as db:
        assert db.execute(select(provider_keys.c.base_url)).scalars().all() == [None]
    assert call(account, "DELETE", "/v1/providers/fal").get_json() == {"deleted": True}
    assert call(account, "DELETE", "/v1/providers/fal").status_code == 404
    assert call(account, "PUT", "/v1/providers/midjourney", {"key": "k"}).status_code == 404


def test_the_address_that_the_operator_set_stays(account: Account) -> None:
    context = account.house.context
    url = "https://own.example"
    context.database.write(lambda db: keyring.set_connection(db, context.vault, account.id, "flixly", "old", url))
    assert call(account, "PUT", "/v1/connections/flixly", {"key": "new"}).get_json() == {
        "name": "flixly",
        "base_url": url,
    }
    with context.database.read() as db:
        assert keyring.connection(db, context.vault, account.id, "flixly") == keyring.OwnKey("new", url)
    assert call(account, "PUT", "/v1/connections/local", {"key": "x"}).status_code == 404
    assert call(account, "DELETE", "/v1/connections/flixly").get_json() == {"deleted": True}


def test_testing_a_connection_needs_write(account: Account) -> None:
    path = "/v1/connections/local/test"
    assert account.call("POST", path, scopes=("read",)).status_code == 403
    assert account.call("POST", path, scopes=("generate",)).status_code == 403
    assert account.call("POST", path, scopes=("write",)).get_json()["ok"] is True
    assert account.call("POST", path, api="flokan").get_json()["ok"] is True


def test_the_operators_view_is_there_for_operators_alone(account: Account) -> None:
    assert call(account, "GET", "/v1/operator", scopes=OPERATOR).status_code == 404
    context = account.house.context
    context.database.write(lambda db: accounts.change(db, account.id, operator=True))
    assert call(account, "GET", "/v1/operator", scopes=("read",)).status_code == 404
    account.submit("generor.generators.generate", {"slug": "joke", "model_id": 37, "prompt": "x"})
    told = call(account, "GET", "/v1/operator", scopes=OPERATOR).get_json()
    assert [(one["lane"], one["due"]) for one in told["queues"]] == [("quick", 1)]
    assert told["versions"]["database"] in ("sqlite", "postgresql")
    assert told["redis"] == {"ok": True}
    assert told["doctor"] is None
    sweeper.examine(context)
    found = call(account, "GET", "/v1/operator", scopes=OPERATOR).get_json()["doctor"]
    assert {check["name"]: check["ok"] for check in found["checks"]}["database"] is True
    assert found["examined_at"]


def test_the_operators_view_shows_no_engine_processes_of_another_installation(account: Account, tmp_path: Path) -> None:
    context = account.house.context
    context.database.write(lambda db: accounts.change(db, account.id, operator=True))
    homes = (context.settings.data_dir / "tmp" / "1-a", tmp_path / "another" / "tmp" / "1-b")
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)", "service.processes.engine"]
    started = [subprocess.Popen([*sleeping, str(home.resolve())]) for home in homes]
    try:
        engines = call(account, "GET", "/v1/operator", scopes=OPERATOR).get_json()["engine_processes"]
        assert [engine["pid"] for engine in engines] == [started[0].pid]
    finally:
        for process in started:
            process.kill()
            process.wait()


# Suspended


@pytest.mark.parametrize(
    ("api", "path"),
    [
        ("generor", "/v1/account"),
        ("generor", "/v1/runs"),
        ("generor", "/api/v1/creations"),
        ("flixly", "/api/v1/generate/credits"),
        ("flokan", "/api/v1/thumbnail-generator/generations"),
        ("generor", "/v1/keys"),
    ],
)
def test_every_key_of_a_suspended_account_is_refused_by_the_next_request(account: Account, api: str, path: str) -> None:
    assert account.get(path, api=api).status_code == 200
    database = account.house.context.database
    database.write(lambda db: accounts.suspend(db, account.id))
    codes = {account.get(path, api=api).status_code for _ in range(20)}
    assert codes == {403}
    database.write(lambda db: accounts.resume(db, account.id))
    assert account.get(path, api=api).status_code == 200


def test_a_request_that_was_let_in_before_the_suspension_holds_nothing_after(account: Account) -> None:
    database = account.house.context.database
    database.write(lambda db: db.execute(update(rows).where(rows.c.id == account.id).values(suspended_at=1)))
    with pytest.raises(Forbidden, match="suspended"):
        database.write(lambda db: ledger.hold(db, account.id, 0))


def test_extensions_are_listed_without_address_or_key(account: Account) -> None:
    document = {"base_url": "http://10.1.2.3:9999/v1", "models": []}
    row = {"name": "lab", "kind": "openai", "spec": json.dumps(document), "version": 1, "created_at": 1}
    account.house.context.database.write(lambda db: db.execute(extensions.insert().values(**row)))
    answer = account.get("/v1/extensions")
    assert [(one["name"], one["kind"]) for one in answer.get_json()["data"]] == [("lab", "openai")]
    assert "10.1.2.3" not in answer.text
