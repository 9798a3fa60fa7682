"""Schemas in the few words that every client of tools takes: one type each, members, items, bounds and texts to choose.

Model providers refuse the rest, each in its own way: Gemini takes no list of types, no number in an enum and few
formats, OpenAI no union at the root and no array without items. What is left out here still holds: each call is checked
against the action's own schema, which takes numbers sent as texts (`service/definitions/reading.py`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
Schema = Mapping[str, Any]
# Of several, the first stands for all: a text can hold any of them, a number a whole one.
FIRST = ("string", "number", "integer", "boolean", "array", "object")
NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
BOUNDS = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
}
# Bounds from here on guard the machine, and say nothing of what is meant.
MOST = 1_000_000


def taken(schema: Schema) -> Json:
    """Describe what a tool takes where its definition says `schema`."""
    described = " ".join(_told(schema))
    shown: Json = {"description": described} if described else {}
    choices = [_text(value) for value in schema.get("enum", ()) if value is not None]
    default = schema.get("default")
    if choices:
        shown = {"type": "string", "enum": choices} | shown
        return shown if default is None else shown | {"default": _text(default)}
    kind = _kind(schema)
    shown = {"type": kind, **shown, **_bounds(schema, kind)}
    if kind == "array":
        shown["items"] = taken(schema.get("items", {}))
    if kind == "object" and "properties" in schema:
        shown |= _members(schema, {name: taken(part) for name, part in schema["properties"].items()})
    return shown if default is None else shown | {"default": default}


def answered(schema: Schema) -> Json:
    """Describe in short what a tool answers where its definition says `schema`: the members that are always there and
    of one type, so never null. The others are named."""
    parts, needed = schema.get("properties", {}), schema.get("required", ())
    plain = {name: part for name, part in parts.items() if name in needed and _is_plain(part)}
    others = [name for name in parts if name not in plain]
    shown = {"type": "object", **_members(schema, {name: _typed(part) for name, part in plain.items()})}
    return shown | ({"description": f"Also: {', '.join(others)}."} if others else {})


def _typed(schema: Schema) -> Json:
    kind = _kind(schema)
    items = schema.get("items", {})
    return {"type": kind} | ({"items": _typed(items)} if kind == "array" and _is_plain(items) else {})


def _members(schema: Schema, shown: Mapping[str, Json]) -> Json:
    required = [name for name in schema.get("required", ()) if name in shown]
    return {"properties": dict(shown)} | ({"required": required} if required else {})


def _bounds(schema: Schema, kind: str) -> Json:
    """The bounds that say something of what is meant."""
    found = {word: schema[word] for word in BOUNDS.get(kind, ()) if word in schema}
    return {word: bound for word, bound in found.items() if bound < MOST and (word, bound) != ("minLength", 1)}


def _told(schema: Schema) -> Iterator[str]:
    """Say what the schema's own words can't, since they are left out."""
    if "description" in schema:
        yield schema["description"]
    if "x-pattern-words" in schema:
        yield f"It {schema['x-pattern-words']}."


def _is_plain(schema: Schema) -> bool:
    """Tell whether a value can be of one type only."""
    return len(set(_kinds(schema))) == 1


def _kind(schema: Schema) -> str:
    """The one type to tell of a value: of several, what any other can be written in."""
    kinds = set(_kinds(schema))
    return next((kind for kind in FIRST if kind in kinds), "string")


def _kinds(schema: Schema) -> Iterator[str]:
    """The types that a value may have, each as often as the schema says so."""
    named = schema.get("type", ())
    yield from (named,) if isinstance(named, str) else named
    if not named:
        for value in (*schema.get("enum", ()), *((schema["const"],) if "const" in schema else ())):
            yield NAMES.get(type(value), "null")
        for way in ("anyOf", "oneOf"):
            for branch in schema.get(way, ()):
                yield from _kinds(branch)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
