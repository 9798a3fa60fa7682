"""Reading a request's JSON body.

UTF-8, with or without a byte order mark. Raises BadRequest for what is no JSON object, UnsupportedMediaType for another
charset, RequestEntityTooLarge, and ValidationError for a NUL in a text and for what is nested too deep, or is too many
values.
"""

import codecs
import json
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import orjson
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from service.errors import BadRequest, Problem, UnsupportedMediaType, ValidationError, pointer

# A run and its events hold the body a few levels down; orjson reads 1024 levels and writes 254.
DEEPEST = 100
# An empty list takes 3 bytes of a body and 64 of memory: a body of 32 MB would be 700 MB.
MOST_VALUES = 500_000
SEPARATORS = (b",", b"[", b"{")
# A text, or what begins like one and does not end: possessive, so that nothing is read twice.
TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")
UTF_16_OR_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE, b"{\0", b"\0{", b"\0\0")
# Every escape of a text, whole pairs of surrogates at once; a lone one is the first group.
ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
HALVES = re.compile("[\ud800-\udfff]")
# orjson makes a float of an integer beyond 64 bits, which has 19 digits or more.
LONG_NUMBER = re.compile(rb"\d{19}")
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1


def json_object(request: Request) -> dict[str, Any]:
    """The body as an object; an empty body is an empty object."""
    _check_charset(request.content_type)
    raw = request.get_data(cache=False)
    # A body that doesn't tell its length is cut off at the limit, and nothing says so.
    if request.content_length is None and len(raw) == request.max_content_length:
        raise RequestEntityTooLarge
    return _object(raw)


def object_of(raw: bytes, content_type: str | None) -> dict[str, Any]:
    """A body that was read whole as an object, as `json_object` reads a request's."""
    _check_charset(content_type)
    return _object(raw)


def _object(raw: bytes) -> dict[str, Any]:
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if not raw.strip():
        return {}
    if len(raw) > MOST_VALUES and _has_too_many_values(raw):
        raise ValidationError.at("", f"A body may hold {MOST_VALUES:,} values at most.")
    body = _parsed(raw)
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and (found_at := _too_deep(body)) is not None:
        raise ValidationError.at(found_at, f"must be nested {DEEPEST} levels at most")
    # No database column holds a NUL, and no caller means one.
    if b"\\u0000" in raw:
        found = [Problem(at, "must not contain a NUL character") for at in _with_nul(body, "")]
        if found:
            raise ValidationError.of(found)
    if isinstance(body.get("metadata"), dict | list) and LONG_NUMBER.search(raw):
        _refuse_long_integers(raw)
    return body


def _refuse_long_integers(raw: bytes) -> None:
    """Hold that no integer of the metadata is beyond 64 bits: it would come back rounded. Raises ValidationError."""
    metadata = json.loads(raw, parse_int=_exact)["metadata"]
    wanted = f"must be an integer from {SMALLEST_INTEGER} to {LARGEST_INTEGER}, or a text"
    found = [Problem(at, wanted) for at in _beyond(metadata, "/metadata")]
    if found:
        raise ValidationError.of(found)


def _exact(digits: str) -> int:
    # 64 bits take 20 characters at most with their sign; what is longer may take long to read.
    return int(digits) if len(digits) <= 20 else LARGEST_INTEGER + 1


def _beyond(value: Any, at: str) -> Iterator[str]:
    """The pointers of integers beyond 64 bits."""
    if isinstance(value, dict | list):
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _beyond(member, at + pointer(name))
    elif isinstance(value, int) and not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
        yield at


def _check_charset(content_type: str | None) -> None:
    """Raises UnsupportedMediaType for a charset that JSON isn't sent in."""
    # Most say no charset, and are not looked through for one.
    if content_type is None or ";" not in content_type:
        return
    charset = parse_options_header(content_type)[1].get("charset")
    if charset is not None and charset.strip().lower() not in CHARSETS:
        raise UnsupportedMediaType(f"JSON is sent in UTF-8 here, not in {charset}.")


def _has_too_many_values(raw: bytes) -> bool:
    """Count values before they are made, until it is too many. Commas in texts are none, so texts are left out."""
    if _separators(raw, 0, len(raw)) <= MOST_VALUES:
        return False
    values = begin = 0
    for text in TEXT.finditer(raw):
        values += 1 + _separators(raw, begin, text.start())
        if values > MOST_VALUES:
            return True
        begin = text.end()
    return values + _separators(raw, begin, len(raw)) > MOST_VALUES


def _separators(raw: bytes, begin: int, end: int) -> int:
    return sum(raw.count(one, begin, end) for one in SEPARATORS)


def _parsed(raw: bytes) -> Any:
    """The JSON value; half a character counts as U+FFFD. Raises BadRequest, UnsupportedMediaType."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if raw.startswith(UTF_16_OR_32):
            raise UnsupportedMediaType("JSON is sent in UTF-8 here, not in UTF-16 or UTF-32.") from None
        whole = _without_halves(raw)
        if whole == raw:
            raise BadRequest(f"The body is not valid JSON: {error.msg} at line {error.lineno}.") from None
    return _parsed(whole)


def _without_halves(raw: bytes) -> bytes:
    """`raw` with lone surrogates, escaped or not, replaced by U+FFFD."""
    raw = ESCAPES.sub(lambda found: found[0] if found[1] is None else b"\\ufffd", raw)
    with suppress(UnicodeDecodeError):
        raw = HALVES.sub("\ufffd", raw.decode("utf-8", "surrogatepass")).encode()
    return raw


def _too_deep(body: dict[str, Any]) -> str | None:
    """The pointer of the first member of `body` that is nested deeper than any input is."""
    return next((pointer(name) for name, member in body.items() if _is_too_deep(member)), None)


def _is_too_deep(value: Any) -> bool:
    """Goes level by level, not by recursion, which would end before it has an answer."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _with_nul(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield at
    elif isinstance(value, dict):
        for name, member in value.items():
            if "\0" in name:
                yield at
            yield from _with_nul(member, at + pointer(name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _with_nul(member, at + pointer(index))
