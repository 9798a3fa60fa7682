"""How often a caller may: every plan, window and face. Source: the documents, 'Rate Limits'."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from werkzeug.test import TestResponse

from tests.conformance.conftest import NOON, limit_headers
from tests.support.house import Account, House

# The contract's table: Flokan's minute, Flixly's minute and parallel tasks, Generor's minute, hour and day.
PLANS = {
    "free": (10, (10, 1), (30, 500, 5_000)),
    "lite": (30, (30, 2), (60, 2_000, 20_000)),
    "basic": (60, (60, 3), (60, 2_000, 20_000)),
    "pro": (120, (120, 10), (120, 5_000, 50_000)),
    "enterprise": (300, (200, 25), (300, 20_000, 200_000)),
}
READS = {
    "flokan": "/api/v1/thumbnail-generator/generations",
    "flixly": "/api/v1/generate/credits",
    "generor": "/api/v1/users/me",
}
PUBLIC = {"flokan": READS["flokan"], "flixly": READS["flixly"], "generor": "/api/v1/generators"}
WINDOWS = (60, 3_600, 86_400)
CODES = {"flixly": "rate_limit_exceeded", "generor": "RATE_LIMIT_EXCEEDED"}


def read(account: Account, api: str) -> TestResponse:
    return account.get(READS[api], api=api)


def counted(house: House, seconds: int, count: int) -> None:
    """As if whoever has asked had asked `count` times in the window of this length."""
    redis = Redis.from_url(house.settings.redis)
    found = list(redis.scan_iter(f"genhook:limit:*:{seconds}:*"))
    assert found, "the window is counted"
    for name in found:
        redis.set(name, count)


def end_of(seconds: int) -> int:
    return (NOON // seconds + 1) * seconds


def limits_of(plan: str, api: str) -> tuple[int, ...]:
    flokan, (flixly, _), generor = PLANS[plan]
    return {"flokan": (flokan,), "flixly": (flixly,), "generor": generor}[api]


def refused_by(answer: TestResponse, api: str, seconds: int, limit: int) -> None:
    """It is 429 in the API's envelope, and its headers tell of the window that refused."""
    assert answer.status_code == 429
    assert limit_headers(answer) == (limit, 0, end_of(seconds))
    assert int(answer.headers["Retry-After"]) == end_of(seconds) - NOON
    body = answer.get_json()
    if api == "flokan":
        assert body == {"success": False, "error": body["error"]}
        return
    error = {"code": CODES[api], "status": 429, "message": body["error"]["message"]}
    assert body == ({"success": False} if api == "generor" else {}) | {"error": error}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("api", READS)
def test_each_window_of_a_plan_lets_so_many_pass_and_not_one_more(frozen: House, api: str, plan: str) -> None:
    account = frozen.account(plan)
    minute, *_ = limits_of(plan, api)
    first = read(account, api)
    assert first.status_code == 200
    assert limit_headers(first) == (minute, minute - 1, end_of(60))

    for seconds, limit in zip(WINDOWS, limits_of(plan, api), strict=False):
        counted(frozen, seconds, limit - 1)
        assert read(account, api).status_code == 200
        refused_by(read(account, api), api, seconds, limit)
        counted(frozen, seconds, 0)


@pytest.mark.parametrize("plan", PLANS)
def test_generors_tier_is_the_plan_on_every_answer(frozen: House, plan: str) -> None:
    account = frozen.account(plan)

    tiers = [read(account, "generor").headers["X-RateLimit-Tier"]]
    tiers.append(account.get("/api/v1/nothing").headers["X-RateLimit-Tier"])
    counted(frozen, 60, PLANS[plan][2][0])
    tiers.append(read(account, "generor").headers["X-RateLimit-Tier"])

    assert tiers == [plan] * 3


def test_flokan_counts_by_workspace_flixly_by_account_and_generor_by_key(frozen: House) -> None:
    account = frozen.account()
    again = Account(frozen, account.name, account.id, account.user_id, account.secret)

    remaining = {api: [limit_headers(read(one, api))[1] for one in (account, again)] for api in READS}

    assert account.key("generor") != again.key("generor")
    assert remaining == {"flokan": [119, 118], "flixly": [119, 118], "generor": [119, 119]}


def test_a_generor_key_has_one_counter_for_rest_and_v1(frozen: House) -> None:
    account = frozen.account()

    answers = [account.get(path) for path in ("/api/v1/users/me", "/v1/runs", "/api/v1/generators")]

    assert [limit_headers(answer)[1] for answer in answers] == [119, 118, 117]


@pytest.mark.parametrize("api", PUBLIC)
def test_without_a_key_an_address_has_fifteen_a_minute(frozen: House, api: str) -> None:
    account, expected = frozen.account("free"), 200 if api == "generor" else 401

    def anonymous(address: str = "198.51.100.7", **headers: str) -> TestResponse:
        return frozen.client.get(PUBLIC[api], headers=headers, environ_base={"REMOTE_ADDR": address})

    answers = [anonymous() for _ in range(14)] + [anonymous(Authorization="Bearer none of ours")]

    assert [answer.status_code for answer in answers] == [expected] * 14 + [401]
    assert [limit_headers(answer) for answer in answers] == [(15, left, end_of(60)) for left in range(14, -1, -1)]
    refused_by(anonymous(), api, 60, 15)
    assert anonymous("198.51.100.8").status_code == expected
    with_key = account.get(PUBLIC[api], api=api, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert with_key.status_code == 200, "the limit of an address is for callers without a valid key"


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_has_so_many_parallel_tasks_and_not_one_more(
    frozen: House, canceling: Callable[[Account, Callable[[], TestResponse]], TestResponse], plan: str
) -> None:
    account, parallel = frozen.account(plan), PLANS[plan][1][1]
    body = {"model": "gpt-5-4", "prompt": "Hello"}

    def generate() -> TestResponse:
        return account.post("/api/v1/generate", body, api="flixly")

    for _ in range(parallel - 1):
        assert account.submit("flixly.media.generate", body).status_code == 202
    assert canceling(account, generate).status_code == 409, "the last place was given, then its run canceled"
    assert account.submit("flixly.media.generate", body).status_code == 202

    past = generate()

    assert (past.status_code, past.get_json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert f"{parallel} parallel task" in past.get_json()["error"]["message"]
    assert int(past.headers["Retry-After"]) >= 1


@pytest.fixture
def canceling() -> Callable[[Account, Callable[[], TestResponse]], TestResponse]:
    """Return what a REST generate answers whose run is canceled as soon as it is there."""

    def queued(account: Account) -> Any:
        return {run["id"] for run in account.get("/v1/runs?limit=100").get_json()["data"] if run["status"] == "queued"}

    def call(account: Account, generate: Callable[[], TestResponse]) -> TestResponse:
        before = queued(account)

        def cancel() -> None:
            (run,) = account.house.until(lambda: (queued(account) - before) or None)
            account.post(f"/v1/runs/{run}/cancel")

        thread = threading.Thread(target=cancel)
        thread.start()
        answer = generate()
        thread.join()
        return answer

    return call
