"""The document's error codes, in its shape, and its limits. Source: flixly-api, 'Error Codes' and 'Rate Limits'."""

import pytest

from tests.apis.flixly.conftest import refused
from tests.support.house import Account, House

GENERATE = "/api/v1/generate"
TEXT = {"model": "gpt-5-4", "prompt": "Hello"}
PLANS = {"free": (10, 1), "lite": (30, 2), "basic": (60, 3), "pro": (120, 10), "enterprise": (200, 25)}


def test_no_key_and_a_wrong_key_are_unauthorized_with_limit_headers(idle_house: House) -> None:
    for headers in ({}, {"Authorization": "Bearer flx_live_" + "0" * 40}, {"Authorization": "Basic eA=="}):
        answer = idle_house.client.post(GENERATE, json=TEXT, headers=headers)
        refused(answer, 401, "unauthorized", "key")
        assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(answer.headers.keys())


def test_a_key_of_another_api_is_unauthorized(idle: Account) -> None:
    refused(idle.post(GENERATE, TEXT, api="generor"), 401, "unauthorized", "flx_live_")


def test_too_few_credits_are_told_with_how_many_are_needed(idle_house: House) -> None:
    poor = idle_house.account("pro", credits=9)
    answer = poor.post(GENERATE, {"model": "flux-dev", "prompt": "A cat"}, api="flixly")
    refused(answer, 402, "insufficient_credits", "50 credits")
    assert poor.balance() == {"total": 9, "held": 0}


def test_a_key_without_the_scope_is_forbidden(idle: Account) -> None:
    for method, path, scope in (
        ("POST", GENERATE, "read"),
        ("POST", "/api/v1/chat/completions", "read"),
        ("GET", f"{GENERATE}/models", "generate"),
        ("GET", f"{GENERATE}/credits", "generate"),
        ("GET", f"{GENERATE}/run_1", "generate"),
    ):
        answer = idle.call(method, path, "flixly", scopes=(scope,), json=TEXT if method == "POST" else None)
        refused(answer, 403, "forbidden", "lacks the scope")


def test_what_is_not_there_is_not_found(idle: Account) -> None:
    for path in (f"{GENERATE}/run_unknown", f"{GENERATE}/a/b", "/api/v1/chat/other"):
        refused(idle.get(path, api="flixly"), 404, "not_found", "There is no")


def test_a_method_that_is_not_there_is_told_in_the_same_shape(idle: Account) -> None:
    refused(idle.call("DELETE", GENERATE, "flixly"), 405, "method_not_allowed", "DELETE")


@pytest.mark.parametrize("plan", ["free", "lite"])
def test_requests_past_the_plans_limit_are_told_when_to_come_back(idle_house: House, plan: str) -> None:
    account, limit = idle_house.account(plan), PLANS[plan][0]
    # A minute may begin meanwhile: within two windows' worth, one is full.
    answers = (account.get(f"{GENERATE}/credits", api="flixly") for _ in range(2 * limit + 1))
    answer = next(answer for answer in answers if answer.status_code == 429)
    refused(answer, 429, "rate_limit_exceeded", f"{limit} requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == (str(limit), "0")


@pytest.mark.parametrize("plan", PLANS)
def test_every_plan_has_its_numbers(idle_house: House, plan: str) -> None:
    answer = idle_house.account(plan).get(f"{GENERATE}/credits", api="flixly")
    shown = answer.get_json()
    assert (shown["requests_per_minute"], shown["parallel_tasks"]) == PLANS[plan]
    assert answer.headers["X-RateLimit-Limit"] == str(PLANS[plan][0])
    assert int(answer.headers["X-RateLimit-Remaining"]) == PLANS[plan][0] - 1


@pytest.mark.parametrize("door", ["generate", "chat", "stream"])
def test_a_task_past_the_parallel_limit_is_429_on_rest_and_waits_on_v1(idle_house: House, door: str) -> None:
    account = idle_house.account("lite")
    runs = [account.submit("flixly.media.generate", TEXT).get_json() for _ in range(2)]
    chat = {"model": "gpt-5-4", "messages": [{"role": "user", "content": "Hello"}], "stream": door == "stream"}
    path, body = (GENERATE, TEXT) if door == "generate" else ("/api/v1/chat/completions", chat)
    answer = account.post(path, body, api="flixly")
    refused(answer, 429, "rate_limit_exceeded", "2 parallel tasks")
    assert int(answer.headers["Retry-After"]) >= 1
    waiting = account.submit("flixly.media.generate", TEXT)
    assert waiting.status_code == 202
    idle_house.work()
    ended = [account.ended(run["id"])["status"] for run in (*runs, waiting.get_json())]
    assert ended == ["completed"] * 3
