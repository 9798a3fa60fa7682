"""Flixly's document, its examples sent and compared as they are. Source: flixly-api."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.catalog import load
from service.errors import ProviderError, TimedOut
from tests.conformance.conftest import limit_headers
from tests.support.house import Account, House

GENERATE = "/api/v1/generate"
QUICK_START = {"model": "flux-dev", "prompt": "A cat wearing a top hat, oil painting", "type": "TEXT_TO_IMAGE"}
# The document's table of codes.
ERRORS = {
    "unauthorized": 401,
    "insufficient_credits": 402,
    "forbidden": 403,
    "not_found": 404,
    "validation_error": 422,
    "rate_limit_exceeded": 429,
}


def test_the_quick_start_is_answered_and_charged(account: Account) -> None:
    answer = account.post(GENERATE, QUICK_START, api="flixly")

    task = answer.get_json()
    assert answer.status_code == 200
    assert (task["status"], task["model"], task["type"]) == ("completed", "flux-dev", "TEXT_TO_IMAGE")
    assert task["credits_remaining"] == 10_000 - task["credits_used"] == account.balance()["total"]
    assert limit_headers(answer)[0] == 120
    assert account.key("flixly").startswith("flx_live_")


def test_fifty_and_more_models_are_called_by_their_keys(me: Account) -> None:
    listed = [model["id"] for model in me.get(f"{GENERATE}/models", api="flixly").get_json()["models"]]
    keys = {model.key for model in load().models_by_id.values()}

    assert len(set(listed)) == len(listed) > 50
    assert {"flux-dev"} < set(listed) <= keys


@pytest.mark.parametrize("code", ERRORS)
def test_each_code_has_its_status_the_documents_shape_and_the_limit_headers(shared: House, code: str) -> None:
    account = shared.account("free", credits=9)
    answers: dict[str, Callable[[], TestResponse]] = {
        "unauthorized": lambda: shared.client.post(GENERATE, json=QUICK_START),
        "insufficient_credits": lambda: account.post(GENERATE, QUICK_START, api="flixly"),
        "forbidden": lambda: account.post(GENERATE, QUICK_START, api="flixly", scopes=("read",)),
        "not_found": lambda: account.get(f"{GENERATE}/run_unknown", api="flixly"),
        "validation_error": lambda: account.post(GENERATE, QUICK_START | {"prompt": ""}, api="flixly"),
        "rate_limit_exceeded": lambda: _too_often(account),
    }

    answer = answers[code]()

    body: dict[str, Any] = answer.get_json()
    assert answer.status_code == ERRORS[code]
    assert body == {"error": {"code": code, "status": ERRORS[code], "message": body["error"]["message"]}}
    assert body["error"]["message"]
    assert limit_headers(answer)[0] == (15 if code == "unauthorized" else 10)
    assert ("Retry-After" in answer.headers) == (code == "rate_limit_exceeded")


def _too_often(account: Account) -> TestResponse:
    # A minute may begin meanwhile: within two windows' worth, one is full.
    answers = (account.get(f"{GENERATE}/credits", api="flixly") for _ in range(21))
    return next(answer for answer in answers if answer.status_code == 429)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(ProviderError("It broke."), 500, "internal_error"), (TimedOut("Too late."), 504, "timed_out")],
)
def test_a_provider_that_fails_is_told_in_the_documents_shape_and_costs_nothing(
    me: Account, failing: Callable[..., TestResponse], error: Any, status: int, code: str
) -> None:
    answer = failing(me, lambda: me.post(GENERATE, QUICK_START, api="flixly"), error)

    assert answer.status_code == status
    assert answer.get_json() == {"error": {"code": code, "status": status, "message": error.message}}
    assert limit_headers(answer)[0] == 200
    assert me.balance() == {"total": 10_000, "held": 0}


def test_ten_credits_at_least_are_asked_for_where_a_model_costs_ten(shared: House) -> None:
    model = next(m for m in load().models_by_id.values() if (m.credit_cost, m.unit, m.type) == (10, "item", "image"))
    enough, short = shared.account(credits=10), shared.account(credits=9)
    body = {"model": model.key, "prompt": "A cat wearing a top hat", "type": "TEXT_TO_IMAGE"}

    accepted = enough.submit("flixly.media.generate", body)
    refused = short.post(GENERATE, body, api="flixly")

    assert accepted.status_code == 202
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (402, "insufficient_credits")
    assert "10 credits" in refused.get_json()["error"]["message"]
