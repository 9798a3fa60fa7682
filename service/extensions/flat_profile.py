"""The flat profile: what every face can show of a value that a caller fills in.

A scalar, a choice, a list of those or of flat objects, a flat object, a map of scalars. Everything else is taken as
JSON: its schema goes no deeper there, and the server that gets it checks it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.extensions.shapes import SCALARS, Shape, Shapes, choices
from service.extensions.texts import LONGEST_HELP, plain

MOST_CHOICES = 500
MOST_MEMBERS = 100
# The formats that are checked here, and those that forms know.
FORMATS = frozenset({"uri", "email", "uuid", "date-time", "date"})
BOUNDS = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
}
WHOLE_BOUNDS = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
HUGE = 2**53
Json = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Field:
    """One input: its schema, and the one face by which forms show it where it has several."""

    schema: Json
    face: str | None = None


class FlatProfile:
    """Makes the fields of one document's inputs."""

    def __init__(self, shapes: Shapes, say: Say) -> None:
        """`say` is told what a field can't show, by name."""
        self._shapes = shapes
        self._say = say

    def field(self, schema: Any, at: str, trail: tuple[str, ...] = ()) -> Field:
        """The field of `schema`, which stands at `at` ("customer.address") inside the schemas named in `trail`."""
        shape = self._shapes.of(schema, trail)
        made = self._shown(shape, at)
        return _described(made if made is not None else _as_json(shape), shape, at)

    def _shown(self, shape: Shape, at: str) -> Field | None:
        """The field where the profile covers it; None, and said why, where it doesn't."""
        if shape.cut is not None:
            self._say(f"{at} is {shape.cut} within itself: it is cut there and taken as JSON")
            return None
        scalar = scalar_schema(shape)
        if scalar is not None:
            return scalar
        if shape.kind == "array":
            return self._list(shape, at)
        if shape.kind == "object":
            return self._object(shape, at)
        self._say(f"{at} may be of several types: it is taken as JSON")
        return None

    def _list(self, shape: Shape, at: str) -> Field | None:
        item = self._shapes.of(shape.inner("items") or {}, shape.trail)
        each = scalar_schema(item)
        if each is not None and each.face is None:
            items = {name: part for name, part in each.schema.items() if name != "default"}
        else:
            flat = self._flat_object(item, f"{at}[]")
            if flat is None:
                return None
            items = flat
        made: Json = {"type": _typed("array", shape), "items": items, **_bounds(shape, "array")}
        return Field(made | ({"uniqueItems": True} if shape.words.get("uniqueItems") is True else {}))

    def _object(self, shape: Shape, at: str) -> Field | None:
        if not shape.properties:
            return self._map(shape, at)
        flat = self._flat_object(shape, at)
        return None if flat is None else Field({**flat, "type": _typed("object", shape)})

    def _map(self, shape: Shape, at: str) -> Field | None:
        inner = shape.inner("additionalProperties")
        each = None if inner is None else scalar_schema(self._shapes.of(inner, shape.trail))
        if each is None or each.face is not None:
            self._say(f"{at} is an object whose members are not described as texts or numbers: it is taken as JSON")
            return None
        return Field({"type": _typed("object", shape), "additionalProperties": each.schema})

    def _flat_object(self, shape: Shape, at: str) -> Json | None:
        """An object of scalars and choices alone."""
        if shape.cut is not None:
            self._say(f"{at} is {shape.cut} within itself: it is cut there and taken as JSON")
            return None
        if shape.kind != "object" or not shape.properties:
            self._say(f"{at} is deeper than a form shows: it is taken as JSON")
            return None
        members: Json = {}
        for name, (part, trail) in list(shape.properties.items())[:MOST_MEMBERS]:
            inner = self._shapes.of(part, trail)
            if inner.words.get("readOnly") is True:
                continue
            scalar = scalar_schema(inner)
            if scalar is None or scalar.face is not None:
                why = f"{inner.cut} within itself: it is cut" if inner.cut else "deeper than a form shows: it is cut"
                self._say(f"{at}.{name} is {why} there, and {at} taken as JSON")
                return None
            described = plain(inner.description, LONGEST_HELP)
            members[name] = scalar.schema | ({"description": described} if described else {})
        required = [name for name in shape.required if name in members]
        made: Json = {"type": "object", "properties": members}
        return made | ({"required": required} if required else {})


def scalar_schema(shape: Shape) -> Field | None:
    """The field of a scalar or a choice; None for anything else."""
    if not shape.kinds or not shape.kinds <= SCALARS or shape.cut is not None:
        return None
    listed = choices(shape)
    if listed and len(listed) <= MOST_CHOICES:
        return _choice(shape, listed)
    kinds = shape.kinds - {"integer"} if "number" in shape.kinds else shape.kinds
    if len(kinds) > 1:
        return Field(
            {"type": [*sorted(kinds), *(["null"] if shape.nullable else [])]},
            face="string" if "string" in kinds else "number",
        )
    kind = next(iter(kinds))
    made: Json = {"type": _typed(kind, shape)}
    told = shape.words.get("format")
    if kind == "string" and isinstance(told, str) and told in FORMATS:
        made["format"] = told
    return Field(made | _bounds(shape, kind))


def _choice(shape: Shape, listed: list[Any]) -> Field:
    kinds = {"integer" if isinstance(value, int) and not isinstance(value, bool) else None for value in listed}
    kind = "integer" if kinds == {"integer"} else None
    if all(isinstance(value, str) for value in listed):
        kind = "string"
    elif all(isinstance(value, bool) for value in listed):
        return Field({"type": _typed("boolean", shape)})
    elif kind is None:
        return Field(
            {
                "type": ["string", "number", "boolean", *(["null"] if shape.nullable else [])],
                "enum": _nullable(listed, shape),
            },
            face="string",
        )
    return Field({"type": _typed(kind, shape), "enum": _nullable(listed, shape)})


def _nullable(listed: list[Any], shape: Shape) -> list[Any]:
    return [*listed, None] if shape.nullable else listed


def _typed(kind: str, shape: Shape) -> str | list[str]:
    return [kind, "null"] if shape.nullable else kind


def _bounds(shape: Shape, kind: str) -> Json:
    """The bounds that can be met; a boolean `exclusiveMinimum` is of OpenAPI 3.0, a number of 3.1."""
    low, high = BOUNDS.get(kind, ("", ""))
    found: Json = {}
    for name in (low, high):
        value = shape.words.get(name)
        if _is_number(value) and (name not in WHOLE_BOUNDS or _is_count(value)):
            exclusive = shape.words.get(_exclusive(name))
            found[_exclusive(name) if exclusive is True and kind != "string" else name] = value
    for name in ("exclusiveMinimum", "exclusiveMaximum"):
        if kind in ("integer", "number") and _is_number(shape.words.get(name)):
            found[name] = shape.words[name]
    if found.get(low, -math.inf) > found.get(high, math.inf):
        return {}
    return found


def _exclusive(name: str) -> str:
    return {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}.get(name, "")


def _is_count(value: Any) -> bool:
    return bool(value % 1 == 0 and value >= 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < HUGE


def _as_json(shape: Shape) -> Field:
    """Anything of its types, taken as it is."""
    kinds = sorted(shape.kinds) or ["object", "array", "string", "number", "boolean"]
    first = [kind for kind in ("object", "array") if kind in kinds]
    others = [kind for kind in kinds if kind not in first and not (kind == "integer" and "number" in kinds)]
    return Field({"type": [*first, *others, *(["null"] if shape.nullable else [])]}, face="json")


def _described(made: Field, shape: Shape, at: str) -> Field:
    told = (
        plain(shape.description, LONGEST_HELP) or f"{at.rpartition('.')[2]}, of which the document says nothing more."
    )
    for name, word in (("default", "Default"), ("pattern", "Pattern")):
        value = shape.words.get(name)
        if isinstance(value, str | int | float) and value != "" and len(str(value)) <= 200:
            shown = str(value).lower() if isinstance(value, bool) else plain(str(value))
            told = plain(f"{told} {word}: {shown}", LONGEST_HELP)
    return Field({**made.schema, "description": told[:LONGEST_HELP]}, made.face)
