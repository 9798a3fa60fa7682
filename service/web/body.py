"""Reading a request's JSON body. Raises BadRequest for what is no JSON object, ValidationError for a NUL in a text."""

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Request

from service.errors import BadRequest, Problem, ValidationError


def json_object(request: Request) -> dict[str, Any]:
    """The body as an object; an empty body is an empty object."""
    raw = request.get_data(cache=False)
    if not raw.strip():
        return {}
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error.msg} at line {error.lineno}.") from None
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    # No database column holds a NUL, and no caller means one.
    if b"\\u0000" in raw:
        found = [Problem(pointer, "must not contain a NUL character") for pointer in _with_nul(body, "")]
        if found:
            raise ValidationError("The body contains a NUL character.", errors=found)
    return body


def _with_nul(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield pointer
    elif isinstance(value, dict):
        for name, member in value.items():
            if "\0" in name:
                yield pointer
            yield from _with_nul(member, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _with_nul(member, f"{pointer}/{index}")
