"""The flat input of an operation: its path, query, header and body members, and how each of them is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from service.extensions.flat_profile import Field, FlatProfile, Say
from service.extensions.openapi.operations import PARAMETER, DocumentedOperation
from service.extensions.references import DocumentReferences
from service.extensions.shapes import Shape, Shapes
from service.extensions.texts import LONGEST_HELP, field_name, plain

# Names that the faces keep for what stands beside an input.
KEPT = frozenset({"resource", "operation", "additionalFields", "options", "wait", "simplify", "connection"})
KEPT |= {"max_credits", "idempotency_key", "run_connection", "run_max_credits", "run_deduplication_key"}
MOST_FIELDS = 150
# So many optional fields stand on a form by themselves.
SHOWN_OPTIONAL = 8
IDEMPOTENCY = frozenset({"idempotency-key", "x-idempotency-key"})
# Headers that say how a request is sent, which is not the caller's to choose.
_SENDING = frozenset({"accept", "content-type", "authorization", "host", "content-length", "connection", "cookie"})
_SENDING |= {"transfer-encoding", "upgrade", "expect", "te", "trailer", "keep-alive", "proxy-authorization"}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# How a list or an object is written into a query; the first is OpenAPI's own choice where the document makes none.
STYLES = {"form": "repeat", "spaceDelimited": "space", "pipeDelimited": "pipe", "deepObject": "deep"}
JSON_TYPE = re.compile(r"(application|text)/([\w.+-]+\+)?json\s*(;.*)?|\*/\*|application/\*", re.IGNORECASE)
FORM_TYPE = "application/x-www-form-urlencoded"
WHOLE = "body"
Json = dict[str, Any]


class NotTaken(Exception):
    """An operation that can't be an action. Says why."""


@dataclass(slots=True)
class Inputs:
    """The fields by name; `http` are the members of the definition's `http` that say how they are sent."""

    properties: Json = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    faces: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)
    http: Json = field(default_factory=dict)
    idempotency_header: str | None = None

    def enter(self, wire: str, made: Field, place: str, required: bool, style: str | None = None) -> str:
        """Add a field; its name is the document's where that is free."""
        name = field_name(wire, {*self.properties, *KEPT}, place)
        self.properties[name] = made.schema
        self.places[name] = place
        if name != wire:
            self.names[name] = wire
        if made.face is not None:
            self.faces[name] = made.face
        if style is not None:
            self.styles[name] = style
        if required:
            self.required.append(name)
        return name

    def schema(self) -> Json:
        """The input schema."""
        made: Json = {"type": "object", "additionalProperties": False, "properties": self.properties}
        return made | ({"required": self.required} if self.required else {})

    def ui(self) -> Json:
        """The form: what is required first, many optional fields tucked away."""
        order = [*self.required, *(name for name in self.properties if name not in self.required)]
        optional = [name for name in order if name not in self.required]
        fields: Json = {name: {"as": face} for name, face in self.faces.items()}
        for name in optional if len(optional) > SHOWN_OPTIONAL else ():
            fields.setdefault(name, {})["advanced"] = True
        for name in self.properties:
            if len(name) < 2:
                fields.setdefault(name, {})["label"] = f"{name.upper()} ({self.places[name]})"
        return {"order": order, "fields": fields} if fields else {"order": order}


@dataclass(frozen=True, slots=True)
class InputReader:
    """Reads the inputs of one document's operations. `keys` are the headers and query members that carry the key."""

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
            place = parameter.get("in")
            if place in ("query", "header"):
                self._parameter(parameter, str(place), made, profile)
            elif place == "cookie":
                self._cookie(parameter)
        self._body(operation, made, profile)
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
            if not _TOKEN.fullmatch(wire):
                self.say(f"the header {plain(wire, 60)} is left out: its name can't be a header's")
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
        if place == "header":
            return schema, "comma"
        style = parameter.get("style", "form")
        if style == "form" and parameter.get("explode") is False:
            return schema, "comma"
        return schema, STYLES.get(str(style), "repeat")

    def _cookie(self, parameter: Mapping[str, Any]) -> None:
        if parameter.get("required") is True:
            raise NotTaken("it needs a cookie, and cookies are not sent")
        self.say(f"the cookie {plain(parameter.get('name'), 60)} is left out")

    def _body(self, operation: DocumentedOperation, made: Inputs, profile: FlatProfile) -> None:
        if operation.body.get("requestBody") is None:
            return
        body, _ = self.references.resolved(operation.body["requestBody"])
        encoding, media = _media(body.get("content"))
        schema = media.get("schema") or {}
        shape = self.shapes.of(schema)
        bodiless = operation.method in ("get", "delete")
        if (bodiless or encoding == "form") and shape.kind == "object" and not shape.properties:
            return
        if bodiless:
            self.say(f"the body of a {operation.method.upper()} is left out")
            return
        if encoding != "json":
            made.http["encoding"] = encoding
        if encoding == "text" or not shape.properties or shape.kinds - {"object"} or shape.cut:
            self._whole(schema, shape, encoding, body, made, profile)
            return
        if shape.mixed:
            self.say("the body is one of several shapes: which of its members go together the server checks")
        self._members(shape, encoding, media, made, profile)

    def _whole(
        self, schema: Any, shape: Shape, encoding: str, body: Mapping[str, Any], made: Inputs, profile: FlatProfile
    ) -> None:
        """A body that is no object of named members is one field."""
        made_of = profile.field(schema, WHOLE)
        if encoding == "text":
            made_of = Field({"type": "string", "description": made_of.schema["description"]})
        described = plain(body.get("description"), LONGEST_HELP) or plain(shape.description, LONGEST_HELP)
        if described:
            made_of = replace(made_of, schema={**made_of.schema, "description": described})
        made.http["whole"] = made.enter(WHOLE, made_of, "body", body.get("required") is True)

    def _members(
        self, shape: Shape, encoding: str, media: Mapping[str, Any], made: Inputs, profile: FlatProfile
    ) -> None:
        styles = media.get("encoding") if isinstance(media.get("encoding"), Mapping) else {}
        for wire, (part, trail) in sorted(shape.properties.items(), key=lambda entry: entry[0] not in shape.required):
            inner = self.shapes.of(part, trail)
            required = wire in shape.required
            if inner.words.get("readOnly") is True:
                continue
            if len(made.properties) >= MOST_FIELDS and not required:
                self.say(f"{plain(wire, 60)} and what follows are left out: {MOST_FIELDS} fields are taken")
                return
            style = None
            if encoding == "form" and (not inner.kinds or inner.kinds & {"array", "object"}):
                own = styles.get(wire) if isinstance(styles, Mapping) else None
                deep = isinstance(own, Mapping) and own.get("style") == "deepObject"
                style = "deep" if deep or inner.kind != "array" else "repeat"
            made.enter(wire, profile.field(part, wire, trail), "body", required, style)


def _check_path(path: str) -> None:
    """Raises NotTaken for a template that could lead elsewhere than below the base URL."""
    if not path.startswith("/") or re.search(r"[\\?#\s\x00-\x1f]", path) or "//" in path:
        raise NotTaken(f"its path {plain(path, 80)!r} is none below the base URL")
    if any(part in (".", "..") or part.lower() in ("%2e", "%2e%2e", ".%2e", "%2e.") for part in path.split("/")):
        raise NotTaken(f"its path {plain(path, 80)!r} leaves the base URL")


def _told(made: Field, parameter: Mapping[str, Any]) -> Field:
    described = plain(parameter.get("description"), LONGEST_HELP)
    return replace(made, schema={**made.schema, "description": described}) if described else made


def _media(content: Any) -> tuple[str, Mapping[str, Any]]:
    """Choose how the body is written, with what the document says of that. Raises NotTaken."""
    offered = {str(kind): part for kind, part in content.items()} if isinstance(content, Mapping) else {}
    for encoding, fits in (
        ("json", lambda kind: JSON_TYPE.fullmatch(kind)),
        ("form", lambda kind: kind.lower().startswith(FORM_TYPE)),
        ("text", lambda kind: kind.lower().startswith("text/plain")),
    ):
        for kind, part in offered.items():
            if fits(kind) and isinstance(part, Mapping):
                return encoding, part
    raise NotTaken(f"its body is {plain(', '.join(offered), 100) or 'not described'}; JSON, forms and texts are sent")
