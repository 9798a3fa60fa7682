"""The `api.json` of an API that was made from a document, and the address of its server."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from service.errors import ValidationError
from service.extensions.addresses import SCHEMES, UNWRITTEN
from service.extensions.references import DocumentReferences
from service.extensions.texts import LONGEST_TITLE, one_line, plain

# Where servers say what is wrong, the likeliest first.
MESSAGES = (
    "/error/message",
    "/message",
    "/detail",
    "/error_description",
    "/error",
    "/errors/0/message",
    "/errors/0/detail",
    "/title",
    "/error/detail",
    "/msg",
    "/reason",
    "/fault/faultstring",
)
REQUEST_S, GENERATE_S = 120, 900
KINDS = ("read", "search", "estimate", "write", "generate")
Json = dict[str, Any]


def base_url(document: Json, references: DocumentReferences, given: str | None, source: str) -> str:
    """Find the address that every request stays below: what was `given`, else the document's first server.

    Raises ValidationError.
    """
    url = given
    if url is None:
        listed = document.get("servers")
        server, _ = references.resolved(listed[0] if isinstance(listed, list) and listed else None)
        url = str(server.get("url") or "/")
        variables, _ = references.resolved(server.get("variables"))
        for name, part in variables.items():
            if isinstance(part, Mapping) and isinstance(part.get("default"), str):
                url = url.replace(f"{{{name}}}", part["default"])
        if urlsplit(source).scheme in ("http", "https"):
            url = urljoin(source, url)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        usable = usable and UNWRITTEN.search(url) is None
    except ValueError:
        usable = False
    if not usable or parts.username or parts.query or parts.fragment or "{" in url or ".." in parts.path.split("/"):
        raise ValidationError.at(
            "/base_url", f"{plain(url, 200)!r} is no base URL: give --base-url, http or https and a host."
        )
    return url.rstrip("/")


def api_sheet(document: Json, name: str, url: str, key: Mapping[str, Any] | None, public: bool) -> Json:
    """Make the `api.json`; `key` is how the API is told an account's key, None for a Bearer token."""
    info = document.get("info") if isinstance(document.get("info"), Mapping) else {}
    title = one_line(info.get("title"), LONGEST_TITLE) or name  # type: ignore[union-attr]
    api: Json = {
        "format": 1,
        "api": name,
        "title": title,
        "description": plain(info.get("description")) or f"{title}, an API that was added here.",  # type: ignore[union-attr]
        "base_path": "/",
        "hosted_url": url,
        "added": True,
        "public": public,
        "auth": {"scheme": "Bearer", "key_prefix": "", "scopes": {}, "default_scope_by_kind": dict.fromkeys(KINDS, "")},
        "answer": {"constants": {}, "data": "", "meta": None},
        "error": {"constants": {}, "code": None, "message": MESSAGES[0], "messages": [*MESSAGES[1:]], "status": None},
        "errors": {"internal": {"status": 500, "permanent": True}},
        "unknown_fields": "refuse",
        "page": None,
        "headers": {
            "limit": "X-RateLimit-Limit",
            "remaining": "X-RateLimit-Remaining",
            "reset": "X-RateLimit-Reset",
            "tier": None,
            "retry_after": "Retry-After",
        },
        "limit_scope": "key",
        "anonymous_per_minute": 1,
        "time_limits": {"request_s": REQUEST_S, "generate_s": GENERATE_S},
        "status": {name: name for name in ("queued", "running", "completed", "failed", "canceled", "timed_out")},
    }
    return api if key is None else {**api, "key": dict(key)}
