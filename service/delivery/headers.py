"""Headers that a caller wants sent with callbacks: checked, kept encrypted, never shown again.

They let a callback through basic auth or a gateway. What the service sends itself, what steers the connection, and what
clouds take for proof of an inside request may not be set.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from service.accounts.crypt import Vault
from service.errors import Problem, ValidationError, pointer

MOST = 10
MOST_BYTES = 4096
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")
RESERVED = frozenset(
    (
        "host",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
        "accept-encoding",
        "forwarded",
        "x-request-id",
        "traceparent",
    )
)
RESERVED_BEGINNINGS = ("content-", "webhook-", "proxy-", "x-forwarded-", "metadata", "x-aws-")
HIDDEN = b"[hidden]"
# Shorter pieces of a value stand in any answer.
LEAST_HIDDEN = 4


def check(given: Any, at: str) -> dict[str, str]:
    """The headers as sent, `{name: value}`. Raises ValidationError at `at`/<name>, which never tells a value."""
    if not isinstance(given, Mapping):
        raise ValidationError.at(at, "must be an object of header names and their values")
    problems = list(_problems(given, at))
    if problems:
        raise ValidationError.of(problems)
    return dict(given)


def sealed(vault: Vault, headers: Mapping[str, str]) -> str | None:
    """Return how they are kept; None for none."""
    return vault.encrypt(orjson.dumps(headers).decode()) if headers else None


def opened(vault: Vault, kept: str | None) -> dict[str, str]:
    """The headers that `sealed` was given. Raises WrongSecretKey."""
    return dict(orjson.loads(vault.decrypt(kept))) if kept else {}


def hide(text: bytes, headers: Mapping[str, str]) -> bytes:
    """A receiver's answer without the values, should it repeat what it was sent."""
    pieces = {piece for value in headers.values() for piece in (value, *value.split()) if len(piece) >= LEAST_HIDDEN}
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece.encode(), HIDDEN)
    return text


def _problems(given: Mapping[Any, Any], at: str) -> Iterator[Problem]:
    if len(given) > MOST:
        yield Problem(at, f"must be at most {MOST} headers")
        return
    if sum(len(name) + len(value) for name, value in given.items() if isinstance(value, str)) > MOST_BYTES:
        yield Problem(at, f"must be at most {MOST_BYTES} bytes in all")
        return
    seen: set[str] = set()
    for name, value in given.items():
        if (words := _fault(name, value, seen)) is not None:
            yield Problem(at + pointer(name), words)
        seen.add(name.lower())


def _fault(name: str, value: Any, seen: set[str]) -> str | None:
    plain = name.lower()
    if not TOKEN.fullmatch(name):
        return "is not the name of a header"
    if plain in RESERVED or plain.startswith(RESERVED_BEGINNINGS):
        return "can't be set: it is the service's own"
    if plain in seen:
        return "is there twice: header names have no case"
    if not isinstance(value, str) or not VALUE.fullmatch(value):
        return "must be a text of visible ASCII letters, with blanks only inside"
    return None


def names(headers: Sequence[str] | Mapping[str, str]) -> str:
    """The names as a column holds them: they are shown, the values never are."""
    return orjson.dumps(list(headers)).decode()
