"""Makes an item hold to a JSON Schema: keeps what fits, fills in what lacks.

Covers what `data_schema` of a generator and a caller's own schema are made of: type, enum, const, required,
properties, items, and the limits of strings, numbers and arrays. Source: docs of `params["schema"]`, Task.
"""

import random
from collections.abc import Callable
from typing import Any

import jsonschema

from service.errors import RefusedByProvider
from service.sandbox.topic import sentences


class Filling:
    """Fits items to one schema; `text` writes a paragraph to fill strings from."""

    def __init__(self, schema: dict[str, Any] | None, text: Callable[[], str], rng: random.Random) -> None:
        self._schema, self._text, self._rng = schema or {}, text, rng
        self._spare: list[str] = []

    def fit(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields the schema knows, each valid. Raises RefusedByProvider where the schema can't be met."""
        if not self._schema:
            return fields
        properties = self._schema.get("properties", {})
        fitted = {
            name: fields[name] if name in fields and self._valid(part, fields[name]) else self._made(part)
            for name, part in properties.items()
        }
        try:
            jsonschema.validate(fitted, self._schema)
        except (jsonschema.ValidationError, jsonschema.SchemaError) as fault:
            raise RefusedByProvider(f"The embedded engine can't hold to this schema: {fault.message[:200]}") from fault
        return fitted

    @staticmethod
    def _valid(schema: dict[str, Any], value: Any) -> bool:
        try:
            jsonschema.validate(value, schema)
        except jsonschema.ValidationError:
            return False
        return True

    def _made(self, schema: dict[str, Any]) -> Any:
        """A value that holds to the schema, worded by the general grammar."""
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._rng.choice(schema["enum"])
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = kind[0] if isinstance(kind, list) else kind
        makers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "object": self._object,
            "array": self._array,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda _: self._rng.random() < 0.5,
            "null": lambda _: None,
            "string": self._string,
        }
        return makers[kind if kind in makers else "string"](schema)

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {name: self._made(part) for name, part in schema.get("properties", {}).items()}

    def _array(self, schema: dict[str, Any]) -> list[Any]:
        least = schema.get("minItems", 3)
        size = min(max(least, 3), schema.get("maxItems", max(least, 3)))
        return [self._made(schema.get("items", {})) for _ in range(size)]

    def _integer(self, schema: dict[str, Any]) -> int:
        low = int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
        high = int(schema.get("maximum", max(low, schema.get("exclusiveMaximum", low + 100) - 1)))
        step = int(schema.get("multipleOf", 1))
        return -(-self._rng.randint(low, high) // step) * step

    def _number(self, schema: dict[str, Any]) -> float:
        low, high = schema.get("minimum", 0), schema.get("maximum", schema.get("minimum", 0) + 100)
        return float(round(self._rng.uniform(low, high), 2))

    def _string(self, schema: dict[str, Any]) -> str:
        text = self._sentence()
        while len(text) < schema.get("minLength", 0):
            text = f"{text} {self._sentence()}"
        return text[: schema["maxLength"]].rstrip() if "maxLength" in schema else text

    def _sentence(self) -> str:
        if not self._spare:
            self._spare = sentences(self._text())[::-1]
        return self._spare.pop()
