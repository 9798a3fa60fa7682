"""Putting a schema inside a larger one: its definitions are lifted to the new root, its references follow."""

from collections.abc import Callable, Mapping
from typing import Any

from service.definitions.caller_schemas.nodes import inner

LIFTED = ("$defs", "definitions")


def wrapped(schema: Mapping[str, Any], around: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Return `around(part)`, a schema in which `schema` is a part, with every reference leading where it did.

    The part is the schema itself, or a reference where something in the schema refers to its own root.
    """
    lifted = {keyword: dict(schema[keyword]) for keyword in LIFTED if isinstance(schema.get(keyword), Mapping)}
    name = _free_name(lifted.get("$defs", {}))
    moved = _Moved(f"#/$defs/{name}", tuple(f"#/{keyword}/" for keyword in lifted))
    part = moved.follow({keyword: value for keyword, value in schema.items() if keyword not in lifted})
    lifted = {keyword: {at: moved.follow(one) for at, one in parts.items()} for keyword, parts in lifted.items()}
    if moved.used:
        lifted["$defs"] = {**lifted.get("$defs", {}), name: part}
        part = {"$ref": moved.root}
    return {**around(part), **lifted}


class _Moved:
    """The targets of references after the move; `used` once one needed the old root."""

    def __init__(self, root: str, kept: tuple[str, ...]) -> None:
        self.root, self.used = root, False
        self._kept = kept

    def follow(self, schema: Any) -> Any:
        """Return a copy of `schema` whose references lead where they did."""
        if not isinstance(schema, Mapping):
            return schema
        copy = dict(schema)
        for way, part in inner(schema):
            moved = self.follow(part)
            if len(way) == 1:
                copy[str(way[0])] = moved
            else:
                keyword, place = way
                if copy[str(keyword)] is schema[str(keyword)]:
                    copy[str(keyword)] = schema[str(keyword)].copy()
                copy[str(keyword)][place] = moved
        named = schema.get("$ref")
        if isinstance(named, str):
            copy["$ref"] = self._followed(named)
        return copy

    def _followed(self, reference: str) -> str:
        anchor = reference.startswith("#") and not reference.startswith("#/") and reference != "#"
        if anchor or reference.startswith(self._kept):
            return reference
        self.used = True
        return self.root + reference.removeprefix("#")


def _free_name(taken: Mapping[str, Any]) -> str:
    name = "answer"
    while name in taken:
        name += "_"
    return name
