"""Reading what a caller sent as its schema means it, before it is validated: one reading for every face.

Forms and workflow tools send null or "" for what was left empty, and numbers and booleans as texts. A member that is
null or "" counts as absent, save where its schema itself names null: there both are values. A text that is a number or
a boolean is taken as one where the schema wants that and takes no text. What no schema describes (metadata, callers'
own schemas) stays as it is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,3})?", re.ASCII)
TRUTH = {"true": True, "false": False}
_ABSENT = object()
Json = Mapping[str, Any]


class Reader:
    """The reading of values of one schema, prepared once."""

    def __init__(self, schema: Json, nested: bool = False) -> None:
        """`schema` stands on its own, references in place; `nested` where it describes a part of another."""
        self._kinds = frozenset(_kinds(schema))
        self._numeric = not self._kinds.isdisjoint({"integer", "number", "boolean"}) and "string" not in self._kinds
        self._choices = frozenset(choice for choice in schema.get("enum", ()) if isinstance(choice, str))
        self._members = {name: Reader(part, nested=True) for name, part in _properties(schema).items()}
        items, others = schema.get("items"), schema.get("additionalProperties")
        self._items = Reader(items, nested=True) if isinstance(items, Mapping) else None
        self._others = Reader(others, nested=True) if isinstance(others, Mapping) and "type" in others else None
        self._texts_kept = frozenset(schema.get("required", ())) if nested else frozenset()

    def read(self, value: Any) -> Any:
        """`value` as it is meant; itself where nothing is to be changed."""
        if isinstance(value, str):
            return self._read_text(value) if self._numeric else value
        if isinstance(value, dict) and (self._members or self._others):
            return self._read_object(value)
        if isinstance(value, list) and self._items is not None:
            return [self._items.read(item) for item in value]
        return value

    def _read_object(self, value: dict[str, Any]) -> dict[str, Any]:
        read = {}
        for name, member in value.items():
            reader = self._members.get(name, self._others)
            taken = member if reader is None else reader.read_member(member, name in self._texts_kept)
            if taken is not _ABSENT:
                read[name] = taken
        return read

    def read_member(self, value: Any, text_kept: bool) -> Any:
        """Tell a member's value as it is meant, or that it counts as absent; `text_kept` where "" is a text all the
        same: a part of a message, say, which has to have one."""
        if value is not None and value != "":
            return self.read(value)
        if "null" in self._kinds:
            # "" clears what takes null and no text.
            return value if value is None or "string" in self._kinds else None
        if value is not None and (value in self._choices or (text_kept and "string" in self._kinds)):
            return value
        return _ABSENT

    def _read_text(self, text: str) -> Any:
        if "integer" in self._kinds and WHOLE.fullmatch(text):
            return int(text)
        if "number" in self._kinds and NUMBER.fullmatch(text):
            return int(text) if WHOLE.fullmatch(text) else float(text)
        if "boolean" in self._kinds and text.lower() in TRUTH:
            return TRUTH[text.lower()]
        return text


def _kinds(schema: Json) -> Iterator[str]:
    """The types that a schema names, in whatever way."""
    named = schema.get("type", ())
    yield from (named,) if isinstance(named, str) else named
    for choice in (*schema.get("enum", ()), *((schema["const"],) if "const" in schema else ())):
        yield _kind(choice)
    for way in ("anyOf", "oneOf"):
        for branch in schema.get(way, ()):
            if isinstance(branch, Mapping):
                yield from _kinds(branch)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _properties(schema: Json) -> dict[str, Json]:
    """The described members, those of its branches too."""
    found = {name: part for name, part in schema.get("properties", {}).items() if isinstance(part, Mapping)}
    for way in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(way, ()):
            if isinstance(branch, Mapping):
                found = {**_properties(branch), **found}
    return found
