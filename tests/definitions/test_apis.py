"""What the three APIs say of themselves in `api.json`."""

from collections.abc import Iterator

import pytest

from service.definitions import Api
from service.errors import ServiceError
from tests.support.definitions import built_in

DEFINITIONS = built_in()
APIS, FAMILIES = DEFINITIONS.apis, DEFINITIONS.families
OPENAI = FAMILIES["openai"]


def kinds(kind: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    yield kind
    for narrower in kind.__subclasses__():
        if narrower.__module__.startswith("service.errors"):
            yield from kinds(narrower)


def test_the_three_apis_are_there() -> None:
    assert set(APIS) == {"flokan", "flixly", "generor"}


@pytest.mark.parametrize("api", FAMILIES.values(), ids=FAMILIES)
def test_each_of_the_services_errors_has_its_words_in_each_api(api: Api) -> None:
    assert {kind.code for kind in kinds()} == set(api.errors)


@pytest.mark.parametrize("api", FAMILIES.values(), ids=FAMILIES)
def test_an_error_is_permanent_in_an_api_where_it_is_permanent_at_all(api: Api) -> None:
    for kind in kinds():
        assert api.errors[kind.code]["permanent"] == kind.permanent, kind.code


def test_whatever_cant_be_paid_is_insufficient_quota_on_the_openai_face() -> None:
    unpaid = [kind.code for kind in kinds() if kind.status == 402]
    assert {"budget_exceeded", "insufficient_credits", "max_credits_exceeded"} <= set(unpaid)
    told = {(entry["status"], entry["code"], entry["type"]) for code in unpaid for entry in [OPENAI.errors[code]]}
    assert told == {(402, "insufficient_quota", "insufficient_quota")}


# The tables of the three documents: status and code by the service's own code.
DOCUMENTED = {
    "flokan": {
        "validation": (400, None),
        "unauthorized": (401, None),
        "insufficient_credits": (402, None),
        "storage_limit_exceeded": (402, None),
        "forbidden": (403, None),
        "not_found": (404, None),
        "provider_not_configured": (422, None),
        "rate_limited": (429, None),
        "provider_error": (500, None),
        "internal": (500, None),
    },
    "flixly": {
        "unauthorized": (401, "unauthorized"),
        "insufficient_credits": (402, "insufficient_credits"),
        "forbidden": (403, "forbidden"),
        "not_found": (404, "not_found"),
        "validation": (422, "validation_error"),
        "rate_limited": (429, "rate_limit_exceeded"),
        "internal": (500, "internal_error"),
    },
    "generor": {
        "unauthorized": (401, "UNAUTHORIZED"),
        "forbidden": (403, "FORBIDDEN"),
        "not_found": (404, "NOT_FOUND"),
        "method_not_allowed": (405, "METHOD_NOT_ALLOWED"),
        "validation": (400, "VALIDATION_ERROR"),
        "insufficient_credits": (402, "INSUFFICIENT_CREDITS"),
        "rate_limited": (429, "RATE_LIMIT_EXCEEDED"),
        "internal": (500, "SERVER_ERROR"),
    },
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_errors_have_their_documented_status_and_code(name: str) -> None:
    for code, expected in DOCUMENTED[name].items():
        entry = APIS[name].errors[code]
        assert (entry["status"], entry.get("code")) == expected, code


@pytest.mark.parametrize("name", APIS)
def test_a_cause_that_lies_in_the_callers_input_is_that_apis_validation_error(name: str) -> None:
    table = APIS[name].errors
    for code in ("reference_unreachable", "address_refused", "refused_by_provider"):
        assert table[code] == table["validation"]


@pytest.mark.parametrize("name", APIS)
def test_a_run_that_is_canceled_late_or_turned_away_has_its_status(name: str) -> None:
    table = APIS[name].errors
    statuses = {code: table[code]["status"] for code in ("canceled", "timed_out", "busy", "payload_too_large")}
    assert statuses == {"canceled": 409, "timed_out": 504, "busy": 503, "payload_too_large": 413}


# Contract, section 6: Run, Flokan, Flixly, Generor status.
STATUSES = [
    ("queued", "pending", "queued", "pending"),
    ("running", "generating", "processing", "generating"),
    ("completed", "completed", "completed", "completed"),
    ("failed", "failed", "failed", "failed"),
    ("canceled", "failed", "failed", "cancelled"),
    ("timed_out", "timed_out", "failed", "failed"),
]


@pytest.mark.parametrize(("run", "flokan", "flixly", "generor"), STATUSES)
def test_each_api_has_its_own_word_for_a_runs_status(run: str, flokan: str, flixly: str, generor: str) -> None:
    assert [APIS[name].status[run] for name in ("flokan", "flixly", "generor")] == [flokan, flixly, generor]


def test_every_default_scope_is_one_that_the_api_has() -> None:
    for api in APIS.values():
        assert set(api.auth["default_scope_by_kind"].values()) <= set(api.auth["scopes"])
