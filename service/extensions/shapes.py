"""A schema of others as one plain object: references followed, parts joined, null and the types told apart.

OpenAPI 3.0's words (`nullable`, boolean `exclusiveMinimum`) and JSON Schema's become the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.extensions.documents import DocumentRefused
from service.extensions.references import DocumentReferences

TYPES = ("object", "array", "string", "integer", "number", "boolean")
SCALARS = frozenset({"string", "integer", "number", "boolean"})
# How many parts of one document are looked at before it counts as made to cost time.
MOST_PARTS = 150_000
# How deep parts are joined from parts.
DEEPEST = 40
Json = Mapping[str, Any]
Trail = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """The description of a value: `kinds` are its types, empty where it may be anything; `words` the schema's members.

    `trail` are the names of the schemas around it, itself included; each of `properties` has its own beside its schema.
    `cut` names the schema that contains itself here: nothing more is known of such a shape. `mixed` says that it is one
    of several shapes, whose members stand together.
    """

    kinds: frozenset[str] = frozenset()
    nullable: bool = False
    words: Json = field(default_factory=dict)
    properties: Mapping[str, tuple[Any, Trail]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    trail: Trail = ()
    cut: str | None = None
    mixed: bool = False

    @property
    def kind(self) -> str | None:
        """Its one type; None where it may be of several, or of any."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else None

    @property
    def description(self) -> Any:
        """The document's words about it."""
        return self.words.get("description") or self.words.get("title")

    def inner(self, name: str) -> Any:
        """A member of its schema that is a schema, or nothing: `items`, `additionalProperties`."""
        part = self.words.get(name)
        return part if isinstance(part, Mapping) else None


class Shapes:
    """Reads the schemas of one document."""

    def __init__(self, references: DocumentReferences) -> None:
        """`references` are the document's."""
        self._references = references
        self._left = MOST_PARTS

    def of(self, schema: Any, trail: Trail = ()) -> Shape:
        """The shape of `schema`, which stands inside the schemas named in `trail`. Raises DocumentRefused."""
        self._left -= 1
        if self._left < 0:
            raise DocumentRefused("Its schemas are joined from more parts than can be read.")
        if len(trail) > DEEPEST:
            raise DocumentRefused(f"Its schemas are nested more than {DEEPEST} deep.")
        node, named = self._references.resolved(schema)
        if named is not None:
            name = named.rpartition("/")[2]
            if named in trail:
                own = _own(node, trail)
                return Shape(own.kinds, own.nullable, {"description": node.get("description")}, trail=trail, cut=name)
            trail = (*trail, named)
        return self._joined(node, trail)

    def _joined(self, node: Json, trail: Trail) -> Shape:
        shape = _own(node, trail)
        for part in _list(node.get("allOf")):
            shape = _both(shape, self.of(part, trail))
        for way in ("anyOf", "oneOf"):
            ways = [self.of(part, trail) for part in _list(node.get(way))]
            if ways:
                shape = _both(shape, _either(ways))
        return shape


def _own(node: Json, trail: Trail) -> Shape:
    named = node.get("type")
    kinds = {kind for kind in ([named] if isinstance(named, str) else _list(named)) if isinstance(kind, str)}
    nullable = "null" in kinds or node.get("nullable") is True
    properties = node.get("properties")
    known = kinds & set(TYPES) or _inferred(node)
    choices = _list(node.get("enum"))
    required = tuple(name for name in _list(node.get("required")) if isinstance(name, str))
    members = {str(name): (part, trail) for name, part in _mapping(properties).items()}
    return Shape(frozenset(known), nullable or None in choices, node, members, required, trail)


def _inferred(node: Json) -> set[str]:
    """The types of a schema that names none."""
    if "properties" in node or isinstance(node.get("additionalProperties"), Mapping):
        return {"object"}
    if "items" in node:
        return {"array"}
    values = [*_list(node.get("enum")), *([node["const"]] if "const" in node else [])]
    return {kind for value in values if (kind := kind_of(value)) is not None}


def kind_of(value: Any) -> str | None:
    """The type of a value; None for null."""
    if isinstance(value, bool):
        return "boolean"
    kinds = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value))


def _both(one: Shape, other: Shape) -> Shape:
    """Join two that both hold: members together, the words of the first going before."""
    kinds = one.kinds & other.kinds or one.kinds or other.kinds
    words = {**other.words, **{name: part for name, part in one.words.items() if part is not None}}
    properties = {**other.properties, **one.properties}
    required = tuple(dict.fromkeys([*one.required, *other.required]))
    nullable = one.nullable or (other.nullable and not one.kinds)
    trail = tuple(dict.fromkeys([*one.trail, *other.trail]))
    return Shape(kinds, nullable, words, properties, required, trail, one.cut or other.cut, one.mixed or other.mixed)


def _either(ways: Sequence[Shape]) -> Shape:
    """Join several of which one holds: the one that isn't null, or all that any of them may be."""
    real = [way for way in ways if not _is_null(way)]
    nullable = len(real) < len(ways) or any(way.nullable for way in real)
    if not real:
        return Shape(nullable=True)
    if len(real) == 1:
        only = real[0]
        return Shape(only.kinds, nullable, only.words, only.properties, only.required, only.trail, only.cut, only.mixed)
    anything = any(not way.kinds for way in real)
    kinds = frozenset() if anything else frozenset(kind for way in real for kind in way.kinds)
    properties = {name: part for way in real for name, part in way.properties.items()}
    required = tuple(name for name in real[0].required if all(name in way.required for way in real))
    trail = tuple(dict.fromkeys(name for way in real for name in way.trail))
    cut = next((way.cut for way in real if way.cut), None)
    return Shape(kinds, nullable, _shared(real), properties, required, trail, cut, mixed=True)


def _shared(ways: Sequence[Shape]) -> Json:
    """The choices of all, where each has some; nothing else holds for every one of them."""
    listed = [choices(way) for way in ways]
    if all(listed):
        return {"enum": list(dict.fromkeys(value for each in listed for value in each))}
    described = next((way.words["description"] for way in ways if isinstance(way.words.get("description"), str)), None)
    return {} if described is None else {"description": described}


def choices(shape: Shape) -> list[Any]:
    """The scalar values that it may have, null aside; none where it isn't a choice."""
    values = [shape.words["const"]] if "const" in shape.words else _list(shape.words.get("enum"))
    return list(dict.fromkeys(value for value in values if kind_of(value) in SCALARS))


def _is_null(way: Shape) -> bool:
    named = way.words.get("type")
    return (
        named in ("null", ["null"])
        or way.words.get("enum") == [None]
        or ("const" in way.words and way.words["const"] is None)
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}
