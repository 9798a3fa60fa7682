"""`connection`, `/v1/connections` and their test."""

import pytest
from click.testing import CliRunner

from service.accounts import keyring
from service.cli import main
from service.hosted.trial import cheapest
from tests.fakes.fal import FakeFal
from tests.fakes.hosted import FakeHosted
from tests.fakes.provider import KEY, Reply
from tests.hosted.conftest import APIS, Served, connect
from tests.support.house import Account, House

JOKE = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}


@pytest.mark.parametrize(
    ("connection", "problem"),
    [
        ("flokan", "validation"),
        ("flixly", "validation"),
        ("nowhere", "validation"),
        ("generor", "connection-missing"),
    ],
)
def test_a_connection_must_be_the_actions_own_and_have_a_key(idle_house: House, connection: str, problem: str) -> None:
    account = idle_house.account()
    if connection != "generor":
        connect(account, "flokan", KEY, None)
    body = {"input": JOKE, "connection": connection}
    for path in ("", "/estimate"):
        answer = account.post(f"/v1/actions/generor.generators.generate{path}", body)
        assert (answer.status_code, answer.get_json()["type"]) == (422, f"/problems/{problem}")
        assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/connection"]


def test_a_run_whose_connection_is_taken_away_ends_without_it(idle_house: House) -> None:
    account = idle_house.account()
    connect(account, "generor", KEY, "http://127.0.0.1:9")
    run = account.submit("generor.creations.list", {}, wait=1, connection="generor").get_json()
    assert run["status"] == "queued"
    idle_house.context.database.write(lambda db: keyring.delete_connection(db, account.id, "generor"))

    idle_house.work()

    error = account.ended(run["id"])["error"]
    assert (error["code"], error["status"], error["permanent"]) == ("connection_missing", 422, True)
    assert error["provider"] == {"name": "generor", "code": None, "message": "no key"}


def test_an_action_that_shows_a_secret_once_does_not_run_elsewhere(faked: Account, fake: FakeHosted) -> None:
    answer = faked.submit("generor.api_keys.create", {"name": "A key", "scopes": ["read"]}, connection="generor")
    assert answer.status_code == 422
    assert fake.requests == []


def test_a_text_that_would_change_the_path_is_refused(faked: Account, fake: FakeHosted) -> None:
    answer = faked.submit("generor.users.get", {"username": ".."}, connection="generor")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/input/username"


def test_connections_are_listed_without_their_keys(idle_house: House) -> None:
    account = idle_house.account()
    connect(account, "flokan", "flk_secret", None)
    connect(account, "generor", "gnr_live_secret", "http://127.0.0.1:8100/")
    answer = account.get("/v1/connections")
    assert answer.get_json() == {
        "data": [
            {"name": "local", "base_url": None},
            {"name": "flokan", "base_url": "https://app.flokan.com"},
            {"name": "generor", "base_url": "http://127.0.0.1:8100"},
        ],
        "next_cursor": None,
    }
    assert "secret" not in answer.text


@pytest.mark.parametrize("api", APIS)
def test_a_key_that_works_is_told_from_one_that_does_not(connected: Account, original: Served, api: str) -> None:
    told = connected.post(f"/v1/connections/{api}/test").get_json()
    assert told["ok"] is True
    connect(connected, api, original.holder.key(api) + "x", original.url)
    told = connected.post(f"/v1/connections/{api}/test").get_json()
    assert told["ok"] is False
    assert told["message"]
    connect(connected, api, original.holder.key(api), "http://127.0.0.1:9")
    assert connected.post(f"/v1/connections/{api}/test").get_json()["ok"] is False


def test_the_test_asks_one_read_that_needs_a_key(connected: Account) -> None:
    definitions = connected.house.context.definitions
    asked = {api: cheapest(definitions, api).id for api in APIS}
    assert asked == {
        "flokan": "flokan.generations.list",
        "flixly": "flixly.credits.get",
        "generor": "generor.credits.balance",
    }


def test_what_the_original_does_not_have_is_refused_on_its_connection(connected: Account) -> None:
    answer = connected.submit("flokan.styles.list", {}, connection="flokan")
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/connection")
    assert "here only" in answer.get_json()["detail"]


def test_an_error_in_the_answer_is_told(faked: Account, fake: FakeHosted) -> None:
    limited = Reply(429, {"error": {"code": "rate_limit_exceeded", "status": 429, "message": "Too many requests"}})
    fake.prepare("GET", "/api/v1/generate/credits", limited)
    told = faked.post("/v1/connections/flixly/test").get_json()
    assert told["ok"] is False
    assert "Too many requests" in told["message"]


def test_here_always_works_and_what_has_no_key_is_not_there(faked: Account) -> None:
    assert faked.post("/v1/connections/local/test").get_json()["ok"] is True
    other = faked.house.account()
    assert other.post("/v1/connections/flokan/test").status_code == 404
    assert other.post("/v1/connections/openai/test").status_code == 404
    assert other.post("/v1/connections/nowhere/test").status_code == 404


@pytest.mark.parametrize(("key", "ok"), [(KEY, True), ("wrong", False)])
def test_an_own_providers_key_is_tested_too(faked: Account, key: str, ok: bool) -> None:
    server, context = FakeFal(), faked.house.context
    context.database.write(
        lambda db: keyring.set_provider(db, context.vault, faked.id, "fal", key, server.base_url, enabled=True)
    )
    assert faked.post("/v1/connections/fal/test").get_json()["ok"] is ok
    server.close()


@pytest.mark.parametrize(("key", "code", "told"), [(KEY, 0, "takes the key"), ("wrong", 1, "Missing or invalid")])
def test_the_command_line_sets_and_tests_a_key(
    faked: Account, fake: FakeHosted, monkeypatch: pytest.MonkeyPatch, key: str, code: int, told: str
) -> None:
    settings = faked.house.settings
    monkeypatch.setenv("DATABASE_URL", settings.database)
    monkeypatch.setenv("GENHOOK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("GENHOOK_SECRET_KEY", ",".join(settings.secret_keys))
    balance = {"success": True, "data": {"total": 5}}
    fake.prepare("GET", "/api/v1/credits/balance", Reply(200, balance))
    words = ["set", faked.name, "generor", "--key", key, "--base-url", fake.url]
    assert CliRunner().invoke(main, ["connections", *words]).exit_code == 0
    tested = CliRunner().invoke(main, ["connections", "test", faked.name, "generor"])
    assert (tested.exit_code, told in tested.output) == (code, True), tested.output
