"""Strict bodies, queries and pages for the routes of `/v1`: an unknown member is an error, never dropped."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from flask import request

from service.errors import Problem, ValidationError, pointer
from service.web.body import json_object

if TYPE_CHECKING:
    from service.operations.service import Service

PAGE = 25
LONGEST_PAGE = 100
IDEMPOTENCY_KEY_LENGTH = 255
# Digits; a longer text is no number anyone means, and slow to read as one.
LONGEST_NUMBER = 9
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DAY_MS = 24 * 3600 * 1000


def idempotency_key(environ: Mapping[str, Any]) -> str | None:
    """Read a request's `Idempotency-Key`. Raises ValidationError for one that is empty or too long."""
    key: str | None = environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None:
        # Headers arrive as Latin-1; what callers mean by their bytes is UTF-8.
        with suppress(UnicodeDecodeError, UnicodeEncodeError):
            key = key.encode("latin-1").decode()
    if key is not None and not 1 <= len(key) <= IDEMPOTENCY_KEY_LENGTH:
        raise ValidationError.at(
            "/Idempotency-Key", f"Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_LENGTH} characters."
        )
    return key


def v1_body(service: "Service", schema: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Check `body` against `schemas/v1/<schema>.json` and fill in defaults. Raises ValidationError."""
    return service.context.definitions.validate(f"v1/{schema}.json", body)


def no_body() -> None:
    """Refuse a body where none is taken. Raises ValidationError naming each member."""
    if members := list(json_object(request)):
        raise ValidationError(
            f"This takes no body; {', '.join(members)} can't be sent.",
            errors=[Problem(pointer(name), "is not known here; this takes no body") for name in members],
        )


def only_query(known: Collection[str]) -> None:
    """Refuse query members that are not in `known`. Raises ValidationError naming each."""
    if not request.args:
        return
    unknown = [name for name in request.args if name not in known]
    if unknown:
        right = f"known are {', '.join(sorted(known))}" if known else "this takes none"
        raise ValidationError(
            f"Unknown query member {', '.join(unknown)}; {right}.",
            errors=[Problem(pointer(name), f"is not a query member here; {right}") for name in unknown],
        )
    for name, texts in request.args.lists():
        if len(texts) > 1:
            raise ValidationError.at(pointer(name), f"{name} must be sent once")


def whole_number(name: str, least: int, most: int, default: int) -> int:
    """Read a query member as a whole number from `least` to `most`. Raises ValidationError."""
    told = request.args.get(name)
    if not told:
        return default
    if not (told.isascii() and told.isdigit() and len(told) <= LONGEST_NUMBER and least <= int(told) <= most):
        raise ValidationError.at(f"/{name}", f"{name} must be a whole number from {least} to {most}")
    return int(told)


def one_of(name: str, known: Collection[str]) -> str | None:
    """Read a query member that is one of `known`, or None where it isn't sent. Raises ValidationError."""
    told = text(name)
    if told is not None and told not in known:
        raise ValidationError.at(f"/{name}", f"{name} must be one of {', '.join(known)}")
    return told


def text(name: str) -> str | None:
    """Read a query member as it is; blank counts as absent."""
    return request.args.get(name) or None


def moment(name: str, *, last: bool) -> int | None:
    """Read a query member as Unix milliseconds: a UTC day's first or `last` one, or a time. Raises ValidationError."""
    told = text(name)
    if told is None:
        return None
    try:
        day = date.fromisoformat(told) if DAY.fullmatch(told) else None
        when = datetime.fromisoformat(told) if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        raise ValidationError.at(f"/{name}", f"{name} must be a day (2026-05-04) or a time with its zone") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return int(when.timestamp() * 1000) + (DAY_MS - 1 if day is not None and last else 0)
