"""Bodies and queries that no caller should send: each is told what is wrong, and none is kept."""

import gzip
import io
import time
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.store.tables import files
from service.web import limits
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


@pytest.mark.parametrize("query", ["wait=0000000600", "wait=61", "wait=-1", "wait=" + "9" * 5000, "wait=1&wait=2"])
def test_a_wait_that_is_none_is_refused_at_wait(account: Account, query: str) -> None:
    answer = account.post(f"/v1/actions/{GENERATE}?{query}", {"input": JOKE, "max_credits": 0})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/wait")


def test_an_idempotency_key_that_is_too_long_is_named(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE, headers={"Idempotency-Key": "k" * 256})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/Idempotency-Key")


def test_a_nul_in_a_query_is_refused_by_its_members_name(account: Account) -> None:
    answer = account.get("/api/v1/creations?page=%00")
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (400, "page must not contain a NUL character")


@pytest.mark.parametrize(
    "path",
    ["/v1/runs/{run}/cancel", "/v1/deliveries/{run}/replay", "/v1/connections/local/test"],
)
def test_what_takes_no_body_refuses_a_member_in_one(account: Account, path: str) -> None:
    run = account.submit("generor.models.list", {}).get_json()["id"]
    answer = account.post(path.format(run=run), {"reason": "changed my mind"})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/reason")


@pytest.mark.parametrize(
    ("query", "parts", "pointer"),
    [
        ("?name=x", {}, "/name"),
        ("", {"name": "x"}, "/name"),
        ("", {"second": (io.BytesIO(b"2"), "2.txt")}, "/second"),
    ],
)
def test_an_upload_refuses_what_it_would_drop(
    account: Account, query: str, parts: dict[str, Any], pointer: str
) -> None:
    parts = {"file": (io.BytesIO(b"1"), "1.txt"), **parts}
    answer = account.call("POST", f"/v1/files{query}", data=parts)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_an_upload_of_two_files_at_once_is_refused(account: Account) -> None:
    both = {"file": [(io.BytesIO(b"1"), "1.txt"), (io.BytesIO(b"2"), "2.txt")]}
    answer = account.call("POST", "/v1/files", data=both)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/file")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"field": "slug", "cursor": "abc"}, "/cursor"),
        ({"field": "slug", "cursor": "-1"}, "/cursor"),
        ({"field": "slug", "input": {"colour": "red"}}, "/input/colour"),
        ({"field": "parameters", "input": {"slug": ["joke"]}}, "/input/slug"),
    ],
)
def test_a_wrong_question_for_fields_is_refused_where_it_is_wrong(
    account: Account, body: dict[str, Any], pointer: str
) -> None:
    answer = account.post(f"/v1/actions/{GENERATE}/fields", body)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_the_schema_of_a_field_that_hangs_on_an_empty_one_is_empty(account: Account) -> None:
    answer = account.post(f"/v1/actions/{GENERATE}/fields", {"field": "parameters"})
    assert answer.get_json() == {"schema": {"type": "object", "properties": {}}}


def test_a_link_that_expires_at_a_number_too_long_to_read_is_404(account: Account) -> None:
    url = account.call("POST", "/v1/files", data={"file": (io.BytesIO(b"1"), "1.txt")}).get_json()["url"]
    path = urlsplit(url).path
    assert account.house.client.get(f"{path}?expires={'9' * 5000}&signature=x").status_code == 404


def test_only_a_path_makes_an_n8n_resume_url(account: Account) -> None:
    run = {"input": JOKE, "events": ["run.started"]}
    elsewhere = account.post(
        f"/v1/actions/{GENERATE}", run | {"callback_url": "http://127.0.0.1:1/?at=/webhook-waiting/1"}
    )
    resume = account.post(f"/v1/actions/{GENERATE}", run | {"callback_url": "http://127.0.0.1:1/webhook-waiting/1"})
    assert (elsewhere.status_code, resume.status_code) == (202, 422)


def test_no_url_that_cannot_be_read_is_a_500(account: Account) -> None:
    run = {"input": JOKE, "events": ["run.started"], "callback_url": "http://[::1/"}
    answer = account.post(f"/v1/actions/{GENERATE}", run)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/callback_url")
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert account.post("/mcp", ping, headers={"Origin": "http://[::1"}).status_code == 403


def _streamed(account: Account, path: str, body: bytes, content_type: str) -> TestResponse:
    """POST a body in chunks, its length untold, as a proxy may hand it on."""
    return account.call(
        "POST",
        path,
        input_stream=io.BytesIO(body),
        content_type=content_type,
        environ_overrides={"wsgi.input_terminated": True},
    )


def test_a_body_of_untold_length_is_held_to_the_same_limit(account: Account) -> None:
    path, small = f"/v1/actions/{GENERATE}", orjson.dumps({"input": JOKE, "max_credits": 0})
    assert _streamed(account, path, small, "application/json").status_code == 402
    most = account.house.context.definitions.action(GENERATE).max_body_bytes
    assert _streamed(account, path, small + b" " * most, "application/json").status_code == 413


def test_an_upload_of_untold_length_is_not_read_past_its_limit(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UPLOAD_REQUEST_BYTES", 1000)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    for size, status in ((500, 201), (5000, 413)):
        body = head + b"x" * size + b"\r\n--b--\r\n"
        assert _streamed(account, "/v1/files", body, "multipart/form-data; boundary=b").status_code == status


@pytest.mark.parametrize("path", ["/v1//runs", "/api/v1//generators", "/v1/runs//"])
def test_a_path_with_doubled_slashes_is_an_unknown_one(account: Account, path: str) -> None:
    answer = account.get(path)
    assert answer.status_code == 404
    assert "X-RateLimit-Limit" in answer.headers


def _timed(account: Account, path: str, body: bytes, **headers: str) -> tuple[TestResponse, float]:
    began = time.process_time()
    answer = account.call("POST", path, data=body, content_type="application/json", headers=headers)
    return answer, time.process_time() - began


@pytest.mark.parametrize(
    "body",
    [
        b'{"input":{"messages":[' + b"[]," * 8_000_000 + b"1]}}",
        b'{"input":{"messages":[' + b'"",' * 8_000_000 + b"1]}}",
        b'{"input":{' + b'"":{},' * 4_000_000 + b'"a":1}}',
        b'{"input":{"messages":[' + b"1," * 8_000_000,
    ],
    ids=["lists", "texts", "members", "broken off"],
)
def test_a_body_of_millions_of_values_is_refused_before_they_are_made(account: Account, body: bytes) -> None:
    answer, took = _timed(account, "/v1/actions/flixly.chat.complete", body)
    assert (answer.status_code, len(answer.data) < 4096) == (422, True)
    assert took < 2


def test_a_text_may_hold_any_number_of_commas(account: Account) -> None:
    said = [{"role": "user", "content": 'a,"[{\\' * 30_000}] * 5
    chat = {"model": "gemini-3-5-flash", "messages": said}
    assert account.submit("flixly.chat.complete", chat).status_code == 202


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip"])
def test_a_packed_body_in_thousands_of_empty_pieces_is_refused_at_once(account: Account, coding: str) -> None:
    pieces = gzip.compress(b"", mtime=0) * 500_000
    body = gzip.compress(pieces) if "," in coding else pieces
    answer, took = _timed(account, "/v1/actions/flixly.chat.complete", body, **{"Content-Encoding": coding})
    assert answer.status_code == 400
    assert took < 2


def test_a_packed_body_may_be_several_pieces(account: Account) -> None:
    whole = orjson.dumps({"input": JOKE})
    body = b"".join(gzip.compress(whole[n : n + 9]) for n in range(0, len(whole), 9))
    answer, _ = _timed(account, f"/v1/actions/{GENERATE}", body, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 202


def test_a_form_of_hundreds_of_files_is_refused_before_one_is_kept(account: Account) -> None:
    form = {"model": "gpt-image-1", "prompt": "x", "image[]": [(io.BytesIO(b"x"), f"{n}.png") for n in range(300)]}
    answer = account.call("POST", "/openai/v1/images/edits", data=form, content_type="multipart/form-data")
    assert (answer.status_code, "20 files" in answer.get_json()["error"]["message"]) == (400, True)
    with account.house.context.database.read() as db:
        assert db.execute(select(func.count()).select_from(files)).scalar_one() == 0


@pytest.mark.parametrize("path", ["/v1/files", "/openai/v1/images/edits"])
@pytest.mark.parametrize("disposition", ["form-data", 'form-data; filename="a.png"'])
def test_a_part_without_a_name_is_refused_and_told_so(account: Account, path: str, disposition: str) -> None:
    body = f"--b\r\nContent-Disposition: {disposition}\r\n\r\nx\r\n--b--\r\n".encode()
    answer = account.call("POST", path, data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (400, 422)
    assert "name" in answer.get_data(as_text=True)
