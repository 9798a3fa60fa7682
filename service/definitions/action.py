"""One operation as its definition says it, and the API it belongs to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.definitions.reading import Reader
from service.definitions.validation import Validator
from service.errors import Problem, ValidationError, pointer

PLACEHOLDER = re.compile(r"\{(\w+)\}")
DEFAULT_TIME_LIMIT_S = 900
# How large a body with a key may be where the definition doesn't say.
BODY_BYTES = 1024 * 1024
# The connection that is no hosted original: this service.
LOCAL = "local"


@dataclass(frozen=True, slots=True, eq=False)
class Api:
    """One API, with everything that its operations share: `node_definitions/<api>/api.json`, member by member.

    `face_paths` are the paths below which its envelope answers, known to it or not. `faces` are the only ones that show
    its operations, None where they are actions, which every face shows. `parallel_tasks` says whether an account's plan
    limits how many of its runs are open at once. `callers` are the APIs whose keys may run its actions, each with the
    scope that a key of it needs for an action of a kind. `added` is true of the operator's own, whose actions run on
    its own server alone: `public` ones without a key too, `key` says how they are told it.
    """

    name: str
    title: str
    description: str
    base_path: str
    face_paths: tuple[str, ...]
    hosted_url: str
    auth: Mapping[str, Any]
    answer: Mapping[str, Any]
    error: Mapping[str, Any]
    errors: Mapping[str, Mapping[str, Any]]
    unknown_fields: str
    page: Mapping[str, Any] | None
    headers: Mapping[str, str | None]
    limit_scope: str
    anonymous_per_minute: int
    time_limits: Mapping[str, int]
    status: Mapping[str, str]
    parallel_tasks: bool = False
    faces: tuple[str, ...] | None = None
    callbacks_in_body: bool = False
    callers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    added: bool = False
    public: bool = False
    key: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """The streaming of an answer: the input `field` that asks for it, the schema of an event's data, the last event.

    `when` is what the field's text is where it asks for a stream, None where the field is a boolean; `event` is the
    member of an event's data that names the event, None where events have no names.
    """

    field: str
    event_schema: Mapping[str, Any]
    end: str | None = None
    when: str | None = None
    event: str | None = None

    def asked(self, values: Mapping[str, Any]) -> bool:
        """Tell whether an input asks for a stream."""
        given = values.get(self.field)
        return given is True if self.when is None else given == self.when


@dataclass(frozen=True, eq=False)
class Action:
    """One operation. `input_schema` and `output_schema` stand on their own; `placement` says where each input goes,
    `documented` whether its API's published document has it, `hosted` whether the hosted original has it."""

    id: str
    api: Api
    resource: str
    operation: str
    title: str
    description: str
    kind: str
    method: str
    path: str
    success: int
    placement: Mapping[str, str]
    auth_required: bool
    scope: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    ui: Mapping[str, Any]
    run: Mapping[str, Any]
    page: Mapping[str, Any] | None
    files: Sequence[Mapping[str, str]]
    summary: Sequence[str]
    errors: Sequence[str]
    examples: Sequence[Mapping[str, Any]]
    anti_examples: Sequence[Mapping[str, Any]]
    source: Mapping[str, Any] = field(repr=False)
    stream: Stream | None = None
    documented: bool = True
    hosted: bool = True
    any_key: bool = False
    multipart: bool = False
    waits: bool = True
    rendered: bool = False
    max_body_bytes: int = BODY_BYTES

    def __post_init__(self) -> None:
        """Compile what every call needs."""
        properties = self.input_schema.get("properties", {})
        defaults = {name: part["default"] for name, part in properties.items() if "default" in part}
        integers = tuple(name for name, part in properties.items() if _is_whole(part))
        once = tuple(_once(self.output_schema, ()))
        object.__setattr__(self, "_validator", Validator(self.input_schema))
        object.__setattr__(self, "_reader", Reader(self.input_schema))
        object.__setattr__(self, "_known", frozenset(properties))
        object.__setattr__(self, "_defaults", defaults)
        object.__setattr__(self, "_integers", integers)
        object.__setattr__(self, "_once", once)
        object.__setattr__(self, "_is_open", self.input_schema.get("additionalProperties", True) is not False)
        object.__setattr__(self, "time_limit_s", int(self.run.get("time_limit_s", DEFAULT_TIME_LIMIT_S)))
        local = (LOCAL, self.api.name) if self.hosted else (LOCAL,)
        object.__setattr__(self, "connections", (self.api.name,) if self.api.added else local)
        object.__setattr__(self, "home", self.connections[0])

    # Seconds after which a run of it is ended.
    time_limit_s: int = field(init=False, repr=False)
    # Where it can run, the usual place first: here, and at its hosted original where that has it; an added API's on its
    # own server alone.
    connections: tuple[str, ...] = field(init=False, repr=False)
    # The connection on which it runs where the caller names none.
    home: str = field(init=False, repr=False)
    _is_open: bool = field(init=False, repr=False)
    _validator: Validator = field(init=False, repr=False)
    _reader: Reader = field(init=False, repr=False)
    _known: frozenset[str] = field(init=False, repr=False)
    _defaults: Mapping[str, Any] = field(init=False, repr=False)
    _integers: tuple[str, ...] = field(init=False, repr=False)
    _once: tuple[tuple[str, ...], ...] = field(init=False, repr=False)

    @property
    def flask_rule(self) -> str:
        """The path as Flask's routing wants it."""
        properties = self.input_schema.get("properties", {})
        slashed = {name for name, part in properties.items() if part.get("x-slashes")}
        return PLACEHOLDER.sub(lambda found: f"<{'path:' * (found[1] in slashed)}{found[1]}>", self.path)

    @property
    def validator(self) -> Validator:
        """The input schema, compiled."""
        return self._validator

    def validate(self, values: Mapping[str, Any], unknown: str = "refuse") -> dict[str, Any]:
        """Read `values` as they are meant, with defaults filled in and 64.0 as 64; members that are not known are
        refused or dropped ("drop", "ignore"). Raises ValidationError with one problem for each fault."""
        known = values if unknown == "refuse" else {name: values[name] for name in values if name in self._known}
        if self._is_open and unknown == "refuse" and not self._known.issuperset(values):
            extra = [Problem(pointer(name), "is not known here") for name in values if name not in self._known]
            raise ValidationError.of(extra)
        known = self._reader.read(dict(known))
        self._validator.check(known)
        filled = {**self._defaults, **known}
        for name in self._integers:
            value = filled.get(name)
            if isinstance(value, float) and value.is_integer():
                filled[name] = int(value)
        return filled

    def coerce(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Path and query texts as the schema's types; what can't be read stays a text, and fails validation."""
        properties = self.input_schema.get("properties", {})
        return {name: _typed(text, properties.get(name, {})) for name, text in values.items()}

    @property
    def shows_once(self) -> bool:
        """Return whether a member of its output is in the first answer only."""
        return bool(self._once)

    def blank_writeonce(self, output: Any) -> Any:
        """The output as it is stored: what is shown once is null."""
        for path in self._once:
            output = _blanked(output, path)
        return output

    def document(self) -> dict[str, Any]:
        """The definition with its schemas resolved, for GET /v1/actions/<id>."""
        resolved = {**self.source, "input_schema": self.input_schema, "output_schema": self.output_schema}
        if self.api.added:
            resolved["added"] = True
        if self.stream is not None:
            stream = {**self.source["http"]["stream"], "event_schema": self.stream.event_schema}
            resolved["http"] = {**self.source["http"], "stream": stream}
        return resolved


def _is_whole(schema: Mapping[str, Any]) -> bool:
    """Return whether a number there is a whole one."""
    kinds = schema.get("type", ())
    return "integer" in kinds or any(type(choice) is int for choice in schema.get("enum", ()))


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    kinds = schema.get("type", "string")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "integer" in kinds and re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return int(text)
    if "number" in kinds and re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text, re.ASCII):
        return float(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


def _once(schema: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, part in schema.get("properties", {}).items():
        if part.get("writeOnce"):
            yield (*path, name)
        yield from _once(part, (*path, name))


def _blanked(value: Any, path: tuple[str, ...]) -> Any:
    if not isinstance(value, dict) or path[0] not in value:
        return value
    inner = None if len(path) == 1 else _blanked(value[path[0]], path[1:])
    return {**value, path[0]: inner}
