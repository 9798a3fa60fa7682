"""The faces of the service and how each tells of an error: the three APIs in their own envelopes, `/v1` in RFC 9457.

Which face a path belongs to is settled even where there is nothing at it.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response

from service.definitions import Api, Definitions
from service.errors import RateLimited, ServiceError
from service.web.forwarded import linked

PROBLEM = "application/problem+json"
PROBLEM_TYPE = "/problems/"


def face_of(definitions: Definitions, path: str) -> Api | None:
    """The API whose envelope answers at `path`; None for `/v1` and the rest. The longest base path wins."""
    for api in _by_length(definitions):
        if any(path == base or path.startswith(base + "/") for base in _bases(definitions, api)):
            return api
    return None


def is_v1(path: str) -> bool:
    """Return whether problem details answer at `path`, and a key is needed."""
    return path in ("/v1", "/mcp") or path.startswith("/v1/")


def json(body: Any, status: int = 200, content_type: str = "application/json") -> Response:
    """A JSON answer; Unicode as it is, members in their order, links at the address that the caller came to."""
    return Response(orjson.dumps(linked(body)), status, content_type=content_type)


def answer(api: Api, output: Any, status: int) -> Response:
    """A success in the API's envelope. An output with `meta` beside `data` fills both."""
    if api.answer["data"] == "":
        return json(output, status)
    body: dict[str, Any] = {}
    for pointer, value in api.answer["constants"].items():
        _place(body, pointer, value)
    paged = isinstance(output, dict) and output.keys() == {"data", "meta"}
    _place(body, api.answer["data"], output["data"] if paged else output)
    if paged:
        _place(body, api.answer["meta"], output["meta"])
    return json(body, status)


def refusal(api: Api | None, error: ServiceError) -> Response:
    """The error as the face's clients are told, with `Retry-After` where trying again can help."""
    response = _problem(error) if api is None else json(enveloped(api, error), status_in(api, error)[0])
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    response.headers.update(error.headers)
    return response


def status_in(api: Api, error: ServiceError) -> tuple[int, str | None]:
    """HTTP status and code of an error in an API's own table."""
    entry = api.errors.get(error.code) or api.errors["internal"]
    return entry["status"], entry.get("code")


def enveloped(api: Api, error: ServiceError) -> dict[str, Any]:
    """The body that tells of an error in an API's own envelope."""
    status, code = status_in(api, error)
    body: dict[str, Any] = {}
    for pointer, value in api.error["constants"].items():
        _place(body, pointer, value)
    told = {"code": code, "status": status, "message": _spoken(error)}
    told |= {"type": api.errors.get(error.code, api.errors["internal"]).get("type"), "param": _member(error)}
    for member, value in told.items():
        if api.error.get(member):
            _place(body, api.error[member], value)
    return body


def _member(error: ServiceError) -> str | None:
    """The first member that is wrong, in dots; None where none is."""
    return next((_dotted(problem.pointer) for problem in error.errors if problem.pointer), None)


def _spoken(error: ServiceError) -> str:
    """The message, where it tells of each member that is wrong; else each is named."""
    faults = [(_dotted(problem.pointer), problem.message) for problem in error.errors]
    if all(message in error.message and member in error.message for member, message in faults):
        return error.message
    return "; ".join(f"{member or 'body'}: {message}" for member, message in faults)


def _dotted(pointer: str) -> str:
    return pointer.removeprefix("/").replace("/", ".")


def _problem(error: ServiceError) -> Response:
    body: dict[str, Any] = {
        "type": PROBLEM_TYPE + error.code.replace("_", "-"),
        "title": error.title,
        "status": error.status,
        "detail": error.message,
    }
    if error.errors:
        body["errors"] = [{"pointer": problem.pointer, "message": problem.message} for problem in error.errors]
    if isinstance(error, RateLimited) and error.retry_after is not None:
        body["retry_after"] = error.retry_after
    return json(body | error.details, error.status, PROBLEM)


def _place(body: dict[str, Any], pointer: str, value: Any) -> None:
    *parents, last = pointer.strip("/").split("/")
    for parent in parents:
        body = body.setdefault(parent, {})
    body[last] = value


def _by_length(definitions: Definitions) -> list[Api]:
    return sorted(definitions.families.values(), key=lambda api: -max(map(len, _bases(definitions, api))))


def _bases(definitions: Definitions, api: Api) -> Mapping[str, None] | tuple[str, ...]:
    """The paths that are the API's own: its base path, and where that is another's too, the paths below it."""
    return api.face_paths
