"""One reading of a request on every face: blanks, texts that are numbers, charsets, packed bodies, short refusals."""

import gzip
import zlib
from typing import Any

import orjson
import pytest
from werkzeug.test import TestResponse

from tests.support.house import Account

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about commas"}
BLANK = {"count": None, "user_text": "", "aspect_ratio": "", "parameters": None}
LONGEST_REFUSAL = 64 * 1024


def _call_tool(account: Account, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": arguments},
    }
    result: dict[str, Any] = account.post("/mcp", message).get_json()["result"]
    return result


def test_blank_members_count_as_absent_on_the_apis_own_paths(account: Account) -> None:
    body = {name: value for name, value in JOKE.items() if name != "slug"} | BLANK
    answer = account.post("/api/v1/generators/joke/estimate", {**body, "model_id": "37"})
    assert answer.status_code == 200, answer.text


def test_blank_members_count_as_absent_on_actions(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE | BLANK | {"model_id": "37"}, metadata=None, group="", callback_url="")
    assert answer.status_code == 202, answer.text
    assert answer.get_json()["input"]["model_id"] == 37


def test_blank_arguments_count_as_absent_in_tools(account: Account) -> None:
    result = _call_tool(
        account, "generor_generators_generate", JOKE | BLANK | {"model_id": "37", "max_credits": None, "connection": ""}
    )
    assert result["isError"] is False, result
    listed = _call_tool(account, "runs_list", {"status": None, "limit": "5", "cursor": ""})
    assert listed["isError"] is False, listed


def test_blank_required_members_are_missing_ones(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE | {"slug": ""})
    assert answer.get_json()["errors"] == [{"pointer": "/input/slug", "message": "is required"}]


@pytest.mark.parametrize(
    "path", ["/api/v1/creations?page=&per_page=", "/v1/runs?status=&limit=&cursor=&action=&group=", "/v1/runs?limit="]
)
def test_blank_query_members_count_as_absent(account: Account, path: str) -> None:
    assert account.get(path).status_code == 200


def test_a_blank_wait_waits_for_nothing(account: Account) -> None:
    assert account.post(f"/v1/actions/{GENERATE}?wait=", {"input": JOKE}).status_code == 202


def test_what_is_inside_metadata_stays_as_it_is(account: Account) -> None:
    metadata = {"a": None, "b": "", "c": "37", "d": ["", None]}
    assert account.submit(GENERATE, JOKE, metadata=metadata).get_json()["metadata"] == metadata


def _sent(account: Account, raw: bytes, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = named.pop("Content-Type", "application/json")
    return account.call("POST", f"/v1/actions/{GENERATE}/estimate", data=raw, content_type=kind, headers=named)


def test_a_byte_order_mark_is_skipped(account: Account) -> None:
    assert _sent(account, b"\xef\xbb\xbf" + orjson.dumps({"input": JOKE})).status_code == 200


@pytest.mark.parametrize("half", [b"\\ud83d", b"\\uDE00", b"\xed\xa0\xbd"])
def test_half_an_emoji_counts_as_the_replacement_character(account: Account, half: bytes) -> None:
    raw = b'{"input": {"slug": "joke", "model_id": 37, "prompt": "a \\\\ud83d %b \\ud83d\\ude00"}}' % half
    answer = account.call("POST", f"/v1/actions/{GENERATE}", data=raw, content_type="application/json")
    assert answer.status_code == 202, answer.text
    assert answer.get_json()["input"]["prompt"].replace("\ufffd\ufffd\ufffd", "\ufffd") == "a \\ud83d \ufffd 😀"


@pytest.mark.parametrize("charset", ["utf-16", "utf-32", "iso-8859-1", "klingon"])
def test_another_charset_is_refused_as_such(account: Account, charset: str) -> None:
    answer = _sent(account, orjson.dumps({"input": JOKE}), Content_Type=f"application/json; charset={charset}")
    assert (answer.status_code, answer.get_json()["type"]) == (415, "/problems/unsupported-media-type")


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32"])
def test_another_charset_that_is_not_told_is_refused_as_such(account: Account, charset: str) -> None:
    assert _sent(account, '{"input": {}}'.encode(charset)).status_code == 415


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", _raw_deflate),
        ("identity", bytes),
        ("gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
    ],
)
def test_a_packed_body_is_unpacked(account: Account, coding: str, pack: Any) -> None:
    answer = _sent(account, pack(orjson.dumps({"input": JOKE})), Content_Encoding=coding)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, rot13"])
def test_another_content_coding_is_refused_as_such(account: Account, coding: str) -> None:
    answer = _sent(account, orjson.dumps({"input": JOKE}), Content_Encoding=coding)
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "gzip, deflate")


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(b'{"input": {}}', mtime=0)[:-9]])
def test_what_is_not_packed_as_it_says_is_refused(account: Account, packed: bytes) -> None:
    assert _sent(account, packed, Content_Encoding="gzip").status_code == 400


def test_a_body_that_unpacks_to_too_much_is_refused(account: Account) -> None:
    bomb = gzip.compress(b" " * (40 << 20))
    answer = _sent(account, bomb, Content_Encoding="gzip")
    assert (answer.status_code, answer.get_json()["limit"]) == (413, 32 << 20)


def test_a_body_too_large_is_told_its_limit_and_where_files_go(account: Account) -> None:
    answer = account.call("POST", "/v1/subscriptions", data=b" " * (2 << 20), content_type="application/json")
    assert (answer.status_code, answer.get_json()["limit"]) == (413, 1 << 20)
    assert "/v1/files" in answer.get_json()["detail"]
    anonymous = account.house.client.post("/api/v1/generators/joke/estimate", data=b" " * 70_000)
    assert (anonymous.status_code, "65536" in anonymous.text) == (413, True)


@pytest.mark.parametrize(
    "values",
    [
        {"reference_images": [1] * 300_000},
        {f"member_{number}": 1 for number in range(50_000)},
        {"x" * 900_000: 1},
        {"slug": ["joke"] * 100_000, "model_id": {"a": "b" * 100_000}},
    ],
)
@pytest.mark.parametrize("face", ["action", "rest", "tool"])
def test_a_refusal_is_short_whatever_was_wrong(account: Account, face: str, values: dict[str, Any]) -> None:
    if face == "action":
        answer = account.submit(GENERATE, values)
        assert (answer.status_code, len(answer.get_json()["errors"]) <= 20) == (422, True)
        assert len(answer.data) <= LONGEST_REFUSAL
    elif face == "rest":
        assert len(account.post("/api/v1/generators/joke/generate", values).data) <= LONGEST_REFUSAL
    else:
        assert len(orjson.dumps(_call_tool(account, "generor_generators_generate", values))) <= LONGEST_REFUSAL


def test_a_query_of_a_thousand_members_gets_a_short_answer(account: Account) -> None:
    answer = account.get("/v1/runs?" + "&".join(f"m{number}=1" for number in range(3000)))
    assert (answer.status_code, len(answer.data) <= LONGEST_REFUSAL) == (422, True)


@pytest.mark.parametrize("key", ["заказ-1", "注文 1", "k" * 255, "ключ" * 60])
def test_an_idempotency_key_in_any_script_is_taken(account: Account, key: str) -> None:
    headers = {"Idempotency-Key": key.encode().decode("latin-1")}
    first, again = (account.submit(GENERATE, JOKE, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.get_json()["id"] == first.get_json()["id"]


@pytest.mark.parametrize("told", ["mine-1", "a b", "x" * 128])
def test_every_answer_carries_the_callers_request_id(account: Account, told: str) -> None:
    for path in ("/v1/runs", "/api/v1/nowhere", "/healthz", "/console"):
        assert account.get(path, headers={"X-Request-Id": told}).headers["X-Request-Id"] == told


@pytest.mark.parametrize("told", [None, "", "x" * 129, "café"])
def test_every_answer_carries_a_new_request_id_where_none_was_told(account: Account, told: str | None) -> None:
    headers = {} if told is None else {"X-Request-Id": told}
    first, second = (account.get("/v1/runs", headers=headers).headers["X-Request-Id"] for _ in range(2))
    assert len({told, first, second}) == 3
