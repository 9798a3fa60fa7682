"""Bodies and queries that no caller should send: each is told what is wrong, and none is kept.

Source: contract, section 3.
"""

from typing import Any

import orjson
import pytest

from tests.support.house import Account

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about nests"}
FACES = {
    f"/v1/actions/{GENERATE}": "generor",
    "/v1/subscriptions": "generor",
    "/mcp": "generor",
    "/api/v1/generators/joke/generate": "generor",
    "/api/v1/generate": "flixly",
    "/api/v1/thumbnail-generator/generate": "flokan",
}


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _written(member: str, levels: int) -> bytes:
    return b'{"input":%b,"%b":%b1%b}' % (orjson.dumps(JOKE), member.encode(), b'{"a":' * levels, b"}" * levels)


@pytest.mark.parametrize("levels", [101, 300, 1000])
def test_a_body_nested_too_deep_is_refused_at_its_member(account: Account, levels: int) -> None:
    answer = account.call(
        "POST", f"/v1/actions/{GENERATE}", data=_written("metadata", levels), content_type="application/json"
    )
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [{"pointer": "/metadata", "message": "must be nested 100 levels at most"}]


@pytest.mark.parametrize("path", FACES)
@pytest.mark.parametrize("levels", [300, 1000, 2000])
def test_no_face_answers_500_to_nesting(account: Account, path: str, levels: int) -> None:
    answer = account.call(
        "POST", path, FACES[path], data=_written("parameters", levels), content_type="application/json"
    )
    assert 400 <= answer.status_code < 500


def test_what_is_nested_as_deep_as_may_be_is_kept_and_listed(account: Account) -> None:
    metadata, parameters = {"a": _nested(99)}, {"a": _nested(98)}
    run = account.submit(GENERATE, JOKE | {"parameters": parameters}, metadata=metadata, wait=20).get_json()
    assert (run["status"], run["metadata"]) == ("completed", metadata)
    assert account.get("/v1/runs").get_json()["data"][0]["id"] == run["id"]


def test_a_pointer_escapes_what_stands_in_a_name(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE | {"a/b~c": 1}, metadata={"x/y": "\0"})
    assert answer.get_json()["errors"][0]["pointer"] == "/metadata/x~1y"
    assert account.submit(GENERATE, JOKE | {"a/b~c": 1}).get_json()["errors"][0]["pointer"] == "/input/a~1b~0c"


@pytest.mark.parametrize(
    "query", ["wait=0000000600", "wait=61", "wait=-1", "wait=", "wait=" + "9" * 5000, "wait=1&wait=2"]
)
def test_a_wait_that_is_none_is_refused_at_wait(account: Account, query: str) -> None:
    answer = account.post(f"/v1/actions/{GENERATE}?{query}", {"input": JOKE, "max_credits": 0})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/wait")


def test_an_idempotency_key_that_is_too_long_is_named(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE, headers={"Idempotency-Key": "k" * 256})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/Idempotency-Key")


def test_a_nul_in_a_query_is_refused_by_its_members_name(account: Account) -> None:
    answer = account.get("/api/v1/creations?page=%00")
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (400, "page must not contain a NUL character")
