"""An action's flat input as the HTTP request that its REST face takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from service.definitions import Action
from service.definitions.action import PLACEHOLDER
from service.errors import ValidationError

BODILESS = ("GET", "DELETE")


@dataclass(frozen=True, slots=True)
class Placed:
    """A request without its host and key; `body` is None where the method takes none."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any] | None


def placed(action: Action, values: Mapping[str, Any]) -> Placed:
    """Every field in its place; the one that asks for a stream is left out, since a run has one answer.

    Raises ValidationError for a text that can't stand in a path.
    """
    streaming = action.stream.field if action.stream is not None else None
    sent = {name: value for name, value in values.items() if name != streaming}
    inside = {place: _of_place(action, sent, place) for place in ("path", "query", "body")}
    path = PLACEHOLDER.sub(lambda match: _segment(match[1], inside["path"][match[1]]), action.path)
    query = {name: _text(value) for name, value in inside["query"].items() if value is not None}
    body = inside["body"] if inside["body"] or action.method not in BODILESS else None
    return Placed(action.method, path, query, body)


def _of_place(action: Action, values: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if action.placement.get(name) == place}


def _segment(name: str, value: Any) -> str:
    text = _text(value)
    if text in ("", ".", ".."):
        # Clients and servers take these for a part of the path itself.
        raise ValidationError.at(f"/{name}", f"{name} can't be {text!r}")
    return quote(text, safe="")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
