"""Generor's endpoints: who may call which, by which method, page by page. Source: generor-api."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.errors import AddressRefused, ProviderError, TimedOut
from tests.apis.generor.test_creations import enter
from tests.conformance.conftest import ROWS, alike, limit_headers
from tests.support.house import Account, House

BASE = "/api/v1"
# Endpoints as the document's headings have them: «POST /teams AUTH».
HEADINGS = [
    row["row"] for row in ROWS if row["document"] == "generor" and re.match("(GET|POST|PATCH|DELETE) /", row["row"])
]
ENDPOINTS = {heading.removesuffix(" AUTH"): heading.endswith(" AUTH") for heading in HEADINGS}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What stands in a path where the document has a name.
FILLED = {"slug": "joke", "id": "1", "type": "text", "username": "nobody", "user_id": "1", "invite_code": "none"}
ERRORS = {
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "VALIDATION_ERROR": 400,
    "INSUFFICIENT_CREDITS": 402,
    "RATE_LIMIT_EXCEEDED": 429,
}
JOKE = {"prompt": "Tell me a joke about programming", "model_id": 37}
META = {"page": 1, "per_page": 20, "total": 142, "total_pages": 8, "has_next": True, "has_prev": False}


def filled(path: str) -> str:
    """A path that can be called, of one with names in braces."""
    values = FILLED | ({"id": "37"} if path.startswith("/models") else {})
    return BASE + re.sub(r"\{(\w+)\}", lambda name: values[name[1]], path)


def calls() -> Iterator[tuple[str, str, bool]]:
    """Method, path and whether the document marks it AUTH, for every endpoint."""
    for endpoint, auth in ENDPOINTS.items():
        method, path = endpoint.split(" ")
        yield method, filled(path), auth


def scope_of(method: str, path: str) -> str:
    """The scope that the document's table gives a call."""
    if path.endswith("/generate"):
        return "generate"
    return "read" if method == "GET" else "write"


def code(answer: TestResponse) -> str | None:
    body = answer.get_json()
    return None if body["success"] else str(body["error"]["code"])


def test_every_endpoint_of_the_document_is_an_operation_and_no_other_is(shared: House) -> None:
    actions = [action for action in shared.context.definitions.actions.values() if action.api.name == "generor"]

    assert len(HEADINGS) == len(ENDPOINTS) == 45
    assert {f"{a.method} {a.path.removeprefix(BASE)}": a.auth_required for a in actions} == ENDPOINTS


def test_endpoints_marked_auth_need_a_key_and_the_others_none(
    shared: House, addresses: Iterator[dict[str, str]]
) -> None:
    for method, path, auth in calls():
        answer = shared.client.open(path, method=method, json={}, environ_base=next(addresses))
        assert (answer.status_code == 401) == auth, f"{method} {path}"
        assert (code(answer) == "UNAUTHORIZED") == auth
        assert answer.headers["X-RateLimit-Tier"] == "anonymous"
        assert limit_headers(answer)[0] == 15


@pytest.mark.parametrize("scope", ["read", "write", "generate"])
def test_a_scope_allows_what_the_document_says_and_nothing_else(me: Account, scope: str) -> None:
    for method, path, _ in calls():
        answer = me.call(method, path, scopes=(scope,), json=None if method == "GET" else {})
        # Whoever needs no key to ask for a price needs no scope for it.
        allowed = path.endswith("/estimate") or scope_of(method, path) == scope
        assert (code(answer) == "FORBIDDEN") != allowed, f"{method} {path} with {scope}: {answer.get_json()}"


def test_a_key_without_scopes_has_all(me: Account) -> None:
    made = me.post(f"{BASE}/api-keys", {"name": "My App"}).get_json()["data"]
    header = {"Authorization": f"Bearer {made['api_key']}"}

    for method, path, _ in calls():
        answer = me.house.client.open(path, method=method, headers=header, json=None if method == "GET" else {})
        assert code(answer) not in ("UNAUTHORIZED", "FORBIDDEN"), f"{method} {path}"
    assert made["scopes"] == ["read", "write", "generate"]


def test_a_method_that_an_endpoint_lacks_is_405_in_the_envelope(me: Account) -> None:
    def documented(method: str, path: str) -> bool:
        return any(
            other == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", BASE + template), path)
            for other, template in (endpoint.split(" ") for endpoint in ENDPOINTS)
        )

    for path in {path for _, path, _ in calls()}:
        for method in METHODS:
            if documented(method, path):
                continue
            answer = me.call(method, path)
            message = f"{method} is not supported at {path}."
            error = {"code": "METHOD_NOT_ALLOWED", "status": 405, "message": message}
            assert (answer.status_code, answer.get_json()) == (405, {"success": False, "error": error})
            assert answer.headers["X-RateLimit-Tier"] == "enterprise"
            assert limit_headers(answer)[0] == 300


@pytest.mark.parametrize("name", ERRORS)
def test_each_code_has_its_status_the_documents_shape_and_the_limit_headers(shared: House, name: str) -> None:
    account = shared.account("free", credits=0)
    answers: dict[str, Callable[[], TestResponse]] = {
        "UNAUTHORIZED": lambda: shared.client.get(f"{BASE}/users/me"),
        "FORBIDDEN": lambda: account.get(f"{BASE}/users/me", scopes=("write",)),
        "NOT_FOUND": lambda: account.get(f"{BASE}/creations/12345"),
        "METHOD_NOT_ALLOWED": lambda: account.call("PUT", f"{BASE}/users/me"),
        "VALIDATION_ERROR": lambda: account.get(f"{BASE}/creations?page=0"),
        "INSUFFICIENT_CREDITS": lambda: account.post(f"{BASE}/generators/joke/generate", JOKE),
        "RATE_LIMIT_EXCEEDED": lambda: _too_often(account),
    }

    answer = answers[name]()

    body: dict[str, Any] = answer.get_json()
    error = {"code": name, "message": body["error"]["message"], "status": ERRORS[name]}
    assert (answer.status_code, body) == (ERRORS[name], {"success": False, "error": error})
    assert limit_headers(answer)[0] == (15 if name == "UNAUTHORIZED" else 30)
    assert answer.headers["X-RateLimit-Tier"] == ("anonymous" if name == "UNAUTHORIZED" else "free")
    assert ("Retry-After" in answer.headers) == (name == "RATE_LIMIT_EXCEEDED")


def _too_often(account: Account) -> TestResponse:
    # A minute may begin meanwhile: within two windows' worth, one is full.
    answers = (account.get(f"{BASE}/users/me") for _ in range(61))
    return next(answer for answer in answers if answer.status_code == 429)


def test_the_documents_error_is_answered_to_the_letter(shared: House) -> None:
    assert shared.client.get(f"{BASE}/creations/12345").get_json() == {
        "success": False,
        "error": {"code": "NOT_FOUND", "message": "Creation not found", "status": 404},
    }


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (ProviderError("It broke."), 500, "SERVER_ERROR"),
        (TimedOut("Too late."), 504, "TIMED_OUT"),
        (AddressRefused("Not a public address."), 400, "VALIDATION_ERROR"),
    ],
)
def test_a_provider_that_fails_is_told_in_the_envelope_and_costs_nothing(
    me: Account, failing: Callable[..., TestResponse], error: Any, status: int, name: str
) -> None:
    answer = failing(me, lambda: me.post(f"{BASE}/generators/joke/generate", JOKE), error)

    told = {"code": name, "message": error.message, "status": status}
    assert (answer.status_code, answer.get_json()) == (status, {"success": False, "error": told})
    assert answer.headers["X-RateLimit-Tier"] == "enterprise"
    assert limit_headers(answer)[0] == 300
    assert me.balance() == {"total": 10_000, "held": 0}


def test_a_fault_of_the_service_itself_is_server_error(me: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    me.key("generor")

    def broken(*_: Any) -> Any:
        raise RuntimeError("a fault")

    monkeypatch.setattr("service.web.rest.call", broken)
    answer = me.get(f"{BASE}/users/me")

    assert (answer.status_code, code(answer)) == (500, "SERVER_ERROR")
    assert "a fault" not in answer.text
    assert limit_headers(answer)[0] == 300


def test_the_documents_page_is_counted_to_the_letter(idle_house: House) -> None:
    me = idle_house.account("enterprise")
    for n in range(142):
        enter(me, f"sunset {n}")

    listed = me.get(f"{BASE}/creations").get_json()

    alike({"success": True, "data": [{"creation_id": 1}], "meta": META}, listed)
    assert (listed["meta"], len(listed["data"])) == (META, 20)
    last = me.get(f"{BASE}/creations?page=8").get_json()
    assert last["meta"] == META | {"page": 8, "has_next": False, "has_prev": True}
    assert len(last["data"]) == 2


def test_every_list_is_paged_alike(idle_house: House) -> None:
    me = idle_house.account("enterprise")
    other = me.house.account()
    me.post(f"{BASE}/users/{other.name}/follow")
    team = me.post(f"{BASE}/teams", {"name": "My Creative Team"}).get_json()["data"]["team_id"]
    creation = enter(me, "sunset", generator="joke", team_id=team)
    enter(other, "sunset too", generator="joke")
    me.post(f"{BASE}/creations/{creation}/comments", {"text": "Great creation!"})
    other.post(f"{BASE}/users/{me.name}/follow")
    paths = [
        *(
            "generators/joke/creations",
            "creations",
            "creations/public",
            "creations/search?q=sunset",
            "feed",
            "api-keys",
        ),
        *(f"users/{me.name}/{listed}" for listed in ("creations", "followers", "following")),
        *(f"teams/{team}/creations", f"creations/{creation}/comments", "credits/transactions"),
    ]

    for path in paths:
        join = f"{BASE}/{path}{'&' if '?' in path else '?'}"
        first = me.get(f"{BASE}/{path}").get_json()
        assert first["meta"].keys() == META.keys()
        assert (first["meta"]["page"], first["meta"]["per_page"]) == (1, 20), path
        assert first["meta"]["total"] == len(first["data"]) >= 1, path
        assert me.get(f"{join}sort=newest").get_json() == first, path
        assert me.get(f"{join}sort=oldest").get_json()["data"] == first["data"][::-1], path
        assert me.get(f"{join}per_page=100&page=1").get_json()["meta"]["per_page"] == 100
        assert len(me.get(f"{join}per_page=1").get_json()["data"]) == 1
        assert me.get(f"{join}page=2").get_json()["data"] == []
        for wrong in ("page=0", "per_page=0", "per_page=101", "sort=best"):
            assert code(me.get(join + wrong)) == "VALIDATION_ERROR", f"{path} {wrong}"
