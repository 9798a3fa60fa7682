"""Reading a request's JSON body.

Raises BadRequest for what is no JSON object, PayloadTooLarge, and ValidationError for a NUL in a text and for what is
nested too deep.
"""

from collections.abc import Collection, Iterator
from typing import Any

import orjson
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import BadRequest, Problem, ValidationError, pointer

# A run and its events hold the body a few levels down; orjson reads 1024 levels and writes 254.
DEEPEST = 100


def json_object(request: Request) -> dict[str, Any]:
    """The body as an object; an empty body is an empty object."""
    raw = request.get_data(cache=False)
    # A body that doesn't tell its length is cut off at the limit, and nothing says so.
    if request.content_length is None and len(raw) == request.max_content_length:
        raise RequestEntityTooLarge
    if not raw.strip():
        return {}
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error.msg} at line {error.lineno}.") from None
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and (found_at := _too_deep(body)) is not None:
        raise ValidationError.at(found_at, f"must be nested {DEEPEST} levels at most")
    # No database column holds a NUL, and no caller means one.
    if b"\\u0000" in raw:
        found = [Problem(at, "must not contain a NUL character") for at in _with_nul(body, "")]
        if found:
            raise ValidationError("The body contains a NUL character.", errors=found)
    return body


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
