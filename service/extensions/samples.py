"""Values that fit a schema: the examples of definitions that were made from documents."""

from collections.abc import Mapping
from math import ceil, floor
from typing import Any

FORMATS = {
    "uri": "https://example.com/file",
    "email": "ada@example.com",
    "uuid": "0196a2c4-7b1e-7c55-9d2e-3f6a8b1c4d5e",
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
}
LONGEST = 1000
DEEPEST = 6
Schema = Mapping[str, Any]


def sample(schema: Schema, depth: int = 0) -> Any:
    """A value of the schema, with every member of an object; null beyond a depth that nobody reads."""
    if schema.get("enum"):
        return schema["enum"][0]
    kind = _kind(schema)
    if kind == "object":
        return _object(schema, depth)
    if kind == "array":
        count = max(1, min(int(schema.get("minItems", 1)), 20)) if depth < DEEPEST else 0
        return [sample(schema.get("items", {}), depth + 1) for _ in range(count)]
    if kind in ("integer", "number"):
        return _number(schema, whole=kind == "integer")
    if kind == "boolean":
        return True
    return _text(schema) if kind == "string" else None


def _kind(schema: Schema) -> str | None:
    named = schema.get("type")
    kinds = [named] if isinstance(named, str) else list(named or ())
    return next((kind for kind in kinds if kind != "null"), None)


def _object(schema: Schema, depth: int) -> Any:
    if depth >= DEEPEST:
        return {}
    return {name: sample(part, depth + 1) for name, part in schema.get("properties", {}).items()}


def _text(schema: Schema) -> str:
    text = FORMATS.get(schema.get("format", ""), "text")
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", LONGEST))
    return text.ljust(min(least, LONGEST), "x")[: max(most, 0)]


def _number(schema: Schema, whole: bool) -> int | float:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and schema.get("exclusiveMinimum") is not None:
        low = schema["exclusiveMinimum"] + 1
    if high is None and schema.get("exclusiveMaximum") is not None:
        high = schema["exclusiveMaximum"] - 1
    value = 1 if low is None else low
    value = value if high is None else min(value, high)
    return (ceil(value) if low is not None else floor(value)) if whole else value
