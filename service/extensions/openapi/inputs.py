"""The flat input of an operation: its path, query, header and body members, and how each of them is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.extensions.flat_profile import Field, FlatProfile, Say
from service.extensions.openapi.bodies import BodyReader
from service.extensions.openapi.input_fields import MOST_FIELDS, Inputs, NotTaken
from service.extensions.openapi.operations import PARAMETER, DocumentedOperation
from service.extensions.references import DocumentReferences
from service.extensions.shapes import Shapes
from service.extensions.texts import LONGEST_HELP, plain

IDEMPOTENCY = frozenset({"idempotency-key", "x-idempotency-key"})
# Headers that say how a request is sent, which is not the caller's to choose.
_SENDING = frozenset({"accept", "content-type", "authorization", "host", "content-length", "connection", "cookie"})
_SENDING |= {"transfer-encoding", "upgrade", "expect", "te", "trailer", "keep-alive", "proxy-authorization"}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# How a list or an object is written into a query; the first is OpenAPI's own choice where the document makes none.
STYLES = {"form": "repeat", "spaceDelimited": "space", "pipeDelimited": "pipe", "deepObject": "deep"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InputReader:
    """Reads the inputs of one document's operations. `keys` are the headers, query members and cookies of the key."""

    references: DocumentReferences
    shapes: Shapes
    say: Say
    keys: frozenset[str]

    def read(self, operation: DocumentedOperation) -> Inputs:
        """The operation's inputs. Raises NotTaken, DocumentRefused."""
        made = Inputs()
        profile = FlatProfile(self.shapes, self.say)
        path = self._path(operation, made, profile)
        for parameter in operation.parameters:
            if parameter.get("in") in ("query", "header", "cookie"):
                self._parameter(parameter, str(parameter["in"]), made, profile)
        BodyReader(self.references, self.shapes, self.say).read(operation, made, profile)
        made.http = {"method": operation.method.upper(), "path": path, **made.http}
        usual = ("path", "query" if operation.method in ("get", "delete") else "body")
        places = {name: place for name, place in made.places.items() if place not in usual}
        for member, values in (("in", places), ("names", made.names), ("styles", made.styles)):
            if values:
                made.http[member] = values
        if made.idempotency_header is not None:
            made.http["idempotency_header"] = made.idempotency_header
        return made

    def _path(self, operation: DocumentedOperation, made: Inputs, profile: FlatProfile) -> str:
        """The path with our names for its parameters, each of which becomes a field."""
        _check_path(operation.path)
        described = {part.get("name"): part for part in operation.parameters if part.get("in") == "path"}
        entered: dict[str, str] = {}

        def named(found: re.Match[str]) -> str:
            wire = found[1]
            if wire not in entered:
                part = described.get(wire, {})
                made_of = profile.field(part.get("schema") or {"type": "string"}, wire)
                if made_of.face is not None:
                    made_of = Field({"type": "string", "description": made_of.schema["description"]})
                entered[wire] = made.enter(wire, _told(made_of, part), "path", required=True)
            return f"{{{entered[wire]}}}"

        return PARAMETER.sub(named, operation.path)

    def _parameter(self, parameter: Mapping[str, Any], place: str, made: Inputs, profile: FlatProfile) -> None:
        wire = parameter.get("name")
        if not isinstance(wire, str) or not wire or f"{place}:{wire.lower()}" in self.keys:
            return
        if place == "header":
            if wire.lower() in IDEMPOTENCY:
                made.idempotency_header = wire
                return
            if wire.lower() in _SENDING:
                return
        if place != "query" and not _TOKEN.fullmatch(wire):
            self.say(f"the {place} {plain(wire, 60)} is left out: its name can't be a {place}'s")
            return
        schema, style = self._sent(parameter, place)
        made_of = _told(profile.field(schema, wire), parameter)
        if len(made.properties) < MOST_FIELDS or parameter.get("required") is True:
            made.enter(wire, made_of, place, parameter.get("required") is True, style)
        else:
            self.say(f"{wire} is left out: {MOST_FIELDS} fields are taken")

    def _sent(self, parameter: Mapping[str, Any], place: str) -> tuple[Any, str | None]:
        """The parameter's schema, and how a list or an object of it is written."""
        content = parameter.get("content")
        if isinstance(content, Mapping) and content:
            media = next(iter(content.values()))
            return (media.get("schema") if isinstance(media, Mapping) else None) or {}, "json"
        schema = parameter.get("schema") or {}
        if self.shapes.of(schema).kinds and not self.shapes.of(schema).kinds & {"array", "object"}:
            return schema, None
        if place != "query":
            return schema, "comma"
        style = parameter.get("style", "form")
        if style == "form" and parameter.get("explode") is False:
            return schema, "comma"
        return schema, STYLES.get(str(style), "repeat")


def _check_path(path: str) -> None:
    """Raises NotTaken for a template that could lead elsewhere than below the base URL."""
    if not path.startswith("/") or re.search(r"[\\?#\s\x00-\x1f]", path) or "//" in path:
        raise NotTaken(f"its path {plain(path, 80)!r} is none below the base URL")
    if any(part in (".", "..") or part.lower() in ("%2e", "%2e%2e", ".%2e", "%2e.") for part in path.split("/")):
        raise NotTaken(f"its path {plain(path, 80)!r} leaves the base URL")


def _told(made: Field, parameter: Mapping[str, Any]) -> Field:
    described = plain(parameter.get("description"), LONGEST_HELP)
    return replace(made, schema={**made.schema, "description": described}) if described else made
