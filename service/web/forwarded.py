"""The address at which trusted proxies say the service is reached: the links of that one answer begin with it.

Nothing else learns of it. What is stored, posted or recognised as an own file goes by the settings' address, since the
links are changed in the answer's body alone, where they are known by their type.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import has_request_context, request
from werkzeug.http import parse_options_header

from service.config import Settings
from service.files.links import moved
from service.web.proxies import hops

# In the environment: the address, where one was told and may be believed.
ADDRESS = "genhook.address"
HOST = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.ASCII)
PREFIX = re.compile(r"(/[\w.~%-]+)*/?", re.ASCII)
SCHEMES = ("http", "https")


class ForwardedAddress:
    """Reads `X-Forwarded-Proto`, `-Host` and `-Prefix`, or `Forwarded`, where PUBLIC_URL doesn't settle the address."""

    def __init__(self, settings: Settings) -> None:
        """The settings say whom to believe, and whether there is anything to tell."""
        self._settings = settings

    def __call__(self, environ: dict[str, Any]) -> None:
        """Read them."""
        if self._settings.trusted_proxies and not self._settings.public_url:
            environ[ADDRESS] = _address(environ, hops(environ, self._settings.trusted_proxies), self._settings.url)


def told_address() -> str | None:
    """The address that was told for the request in hand; None where the settings' own is right."""
    return request.environ.get(ADDRESS) if has_request_context() else None


def address(settings: Settings) -> str:
    """The address that links of the answer in hand begin with, without a slash at its end."""
    return told_address() or settings.url


def path(environ: Mapping[str, Any], own: str) -> str:
    """The path of that address, without a slash at its end; `own` is that of the settings' address."""
    told = environ.get(ADDRESS)
    return own if told is None else urlsplit(told).path


def linked(body: Any, environ: Mapping[str, Any] | None = None) -> Any:
    """The body of an answer, its links at the address that was told: of the one in hand, unless `environ` is given."""
    told = told_address() if environ is None else environ.get(ADDRESS)
    return body if told is None else moved(body, told)


def _address(environ: Mapping[str, Any], trusted: int, own: str) -> str | None:
    if not trusted:
        return None
    told = {name: _told(environ.get(f"HTTP_X_FORWARDED_{name.upper()}", ""), trusted) for name in ("proto", "host")}
    if not any(told.values()):
        element = _told(environ.get("HTTP_FORWARDED", ""), trusted)
        told = parse_options_header(f"x;{element}")[1]
    scheme, host = told.get("proto", "").lower(), told.get("host", "")
    prefix = _told(environ.get("HTTP_X_FORWARDED_PREFIX", ""), trusted)
    scheme, host = scheme if scheme in SCHEMES else "", host if HOST.fullmatch(host) else ""
    prefix = prefix.rstrip("/") if PREFIX.fullmatch(prefix) and ".." not in prefix else ""
    if not (scheme or host or prefix):
        return None
    asked = environ.get("HTTP_HOST", "")
    host = host or (asked if HOST.fullmatch(asked) else urlsplit(own).netloc)
    return f"{scheme or urlsplit(own).scheme}://{host}{prefix}"


def _told(header: str, trusted: int) -> str:
    """Return the word of the outermost trusted proxy: each adds its word at the right, or replaces what was there."""
    words = [word.strip() for word in header.split(",")]
    return words[-min(trusted, len(words))]
