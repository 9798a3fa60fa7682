"""Cross-origin requests of browsers: which pages of other origins may call, by CORS_ORIGINS, never with credentials."""

import re
from collections.abc import Sequence

from flask import Flask, Response, request

ANY = "*"
PATHS = ("/v1/", "/openai/v1/", "/mcp", "/api/v1/", "/files/", "/users/")
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
EXPOSED = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-RateLimit-Tier",
    "Retry-After",
    "Location",
    "X-Request-Id",
    "Idempotency-Replayed",
    "WWW-Authenticate",
    "Content-Disposition",
)
# Names of headers, as many as any client sends.
ASKED = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(, ?[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
LONGEST_ASKED = 2_000
KEPT_S = "7200"


def allow(app: Flask, origins: Sequence[str]) -> None:
    """Answer preflights before anything counts them, and mark every answer for the pages that may read it."""

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS" or not _is_open(request.path):
            return None
        if not ("Access-Control-Request-Method" in request.headers and "Origin" in request.headers):
            return None
        response = Response(status=204)
        if _allowed(request.headers.get("Origin"), origins):
            response.headers["Access-Control-Allow-Methods"] = METHODS
            wanted = request.headers.get("Access-Control-Request-Headers", "").strip()
            if len(wanted) <= LONGEST_ASKED and ASKED.fullmatch(wanted):
                response.headers["Access-Control-Allow-Headers"] = wanted
            response.headers["Access-Control-Max-Age"] = KEPT_S
        return response

    if not origins:
        return

    @app.after_request
    def mark(response: Response) -> Response:
        if _is_open(request.path):
            told = marks(request.headers.get("Origin"), origins)
            if (varies := told.pop("Vary", None)) is not None:
                response.vary.add(varies)
            response.headers.update(told)
        return response


def marks(origin: str | None, origins: Sequence[str]) -> dict[str, str]:
    """Name the headers by which a page of `origin` may read an answer, and whether the answer depends on it."""
    if not origins:
        return {}
    told = {} if ANY in origins else {"Vary": "Origin"}
    if (allowed := _allowed(origin, origins)) is not None:
        told["Access-Control-Allow-Origin"] = allowed
        told["Access-Control-Expose-Headers"] = ", ".join(EXPOSED)
    return told


def _is_open(path: str) -> bool:
    return path.startswith(PATHS)


def _allowed(origin: str | None, origins: Sequence[str]) -> str | None:
    """The origin that may read the answer, or None."""
    if origin is None:
        return None
    return ANY if ANY in origins else origin if origin in origins else None
