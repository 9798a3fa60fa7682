"""What the routes of `/v1` share: strict bodies, strict queries, pages. An unknown member is an error, never dropped.

Source: contract, section 3.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from flask import request

from service.errors import Problem, ValidationError, pointer
from service.web.body import json_object

if TYPE_CHECKING:
    from service.operations.service import Service

PAGE = 25
LONGEST_PAGE = 100
# Digits; a longer text is no number anyone means, and slow to read as one.
LONGEST_NUMBER = 9


def v1_body(service: "Service", schema: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """`body` as `schemas/v1/<schema>.json` wants it, defaults filled in. Raises ValidationError."""
    return service.context.definitions.validate(f"v1/{schema}.json", body)


def no_body() -> None:
    """Raises ValidationError naming each member of a body where none is taken."""
    if members := list(json_object(request)):
        raise ValidationError(
            f"This takes no body; {', '.join(members)} can't be sent.",
            errors=[Problem(pointer(name), "is not known here; this takes no body") for name in members],
        )


def only_query(known: Collection[str]) -> None:
    """Raises ValidationError naming each query member that is not in `known`."""
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
    """A query member as a whole number from `least` to `most`. Raises ValidationError."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER and least <= int(text) <= most):
        raise ValidationError.at(f"/{name}", f"{name} must be a whole number from {least} to {most}")
    return int(text)


def one_of(name: str, known: Collection[str]) -> str | None:
    """A query member that is one of `known`, or None where it isn't sent. Raises ValidationError."""
    text = request.args.get(name)
    if text is not None and text not in known:
        raise ValidationError.at(f"/{name}", f"{name} must be one of {', '.join(known)}")
    return text
