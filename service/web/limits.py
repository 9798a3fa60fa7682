"""Limits on the size of bodies: by who sends it, and by what the definition of the action says.

64 KB without a key, 1 MB with one, more where `http.max_body_bytes` says so; what is compressed counts unpacked.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from flask import Request as HttpRequest
from werkzeug.exceptions import HTTPException

from service.definitions import Definitions
from service.definitions.action import BODY_BYTES
from service.errors import PayloadTooLarge, ServiceError
from service.files.uploads import UPLOAD_BYTES
from service.web.faces import face_of, is_v1, refusal
from service.web.request_id import HEADER, new_request_id

WITHOUT_KEY = 64 * 1024
WEBHOOK_BYTES = 2 * 1024 * 1024
# An upload with the multipart framing around the file itself.
UPLOAD_REQUEST_BYTES = UPLOAD_BYTES + 64 * 1024
REASONS = {400: "Bad Request", 408: "Request Timeout", 414: "URI Too Long", 431: "Request Header Fields Too Large"}


class BodyLimits:
    """The limit of each route."""

    def __init__(self, definitions: Definitions) -> None:
        """`definitions` say which actions take more than usual."""
        self._definitions = definitions
        # A message to /mcp may call any tool; each is held to its own action's limit once it is known.
        self._most = max([BODY_BYTES, *(action.max_body_bytes for action in definitions.actions.values())])

    def of(self, endpoint: str | None, arguments: Mapping[str, Any] | None, known: bool) -> int:
        """Bytes that may be sent to this route by a caller whose key is known, or isn't."""
        if not known:
            return WITHOUT_KEY
        if endpoint == "files.uploaded":
            return UPLOAD_REQUEST_BYTES
        if endpoint == "mcp.received":
            return self._most
        action_id = (arguments or {}).get("action_id") if (endpoint or "").startswith("actions.") else endpoint
        action = self._definitions.operations.get(str(action_id))
        return BODY_BYTES if action is None else action.max_body_bytes


def too_large(limit: int) -> PayloadTooLarge:
    """The refusal of a body beyond `limit`."""
    if limit == UPLOAD_REQUEST_BYTES:
        return PayloadTooLarge(f"A file may be {UPLOAD_BYTES} bytes at most.", limit=UPLOAD_BYTES)
    key = " without a key" if limit == WITHOUT_KEY else ""
    return PayloadTooLarge(
        f"The body may be {limit} bytes at most{key}, unpacked. "
        "Send files to POST /v1/files and give their URLs instead.",
        limit=limit,
    )


class AskedLimits:
    """Answers the edge about a body that is larger than anybody may send."""

    def __init__(
        self,
        app: Flask,
        limits: BodyLimits,
        known: Callable[[HttpRequest], bool],
        webhook: Callable[[Mapping[str, Any]], bool],
    ) -> None:
        """`known` tells whether a request has a key that is good there, `webhook` whether a webhook's token is one."""
        self._app, self._limits, self._known, self._webhook = app, limits, known, webhook

    def __call__(self, environ: dict[str, Any]) -> tuple[int, ServiceError]:
        """Return how many bytes may be sent, and how more is refused."""
        try:
            endpoint, arguments = self._app.url_map.bind_to_environ(environ).match()
        except HTTPException:
            endpoint, arguments = None, {}
        if endpoint == "hints.hear":
            limit = WEBHOOK_BYTES if self._webhook(arguments) else WITHOUT_KEY
        else:
            limit = self._limits.of(endpoint, arguments, self._known(self._app.request_class(environ)))
        return limit, too_large(limit)


def refused_early(definitions: Definitions) -> Callable[[str, ServiceError], bytes]:
    """Return how a request is refused that was never read: a whole HTTP answer in the envelope of its path."""

    def answer(path: str, error: ServiceError) -> bytes:
        response = refusal(None if is_v1(path) else face_of(definitions, path), error)
        body = response.get_data()
        lines = [f"HTTP/1.1 {response.status_code} {REASONS.get(response.status_code, '')}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        lines += [f"{HEADER}: {new_request_id()}", "Connection: close"]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    return answer
