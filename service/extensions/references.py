"""References inside a document: each names a place in the same document, or the document is refused."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from service.extensions.documents import DocumentRefused

# How many references may stand one behind another.
LONGEST_CHAIN = 20
# What is inside these is somebody's data, not a description.
_DATA = ("example", "examples", "default", "enum", "const")
Json = Mapping[str, Any]


class DocumentReferences:
    """The references of one document."""

    def __init__(self, document: Json) -> None:
        """Raises DocumentRefused for a reference that leads outside."""
        self._document = document
        for named in _named(document):
            if not named.startswith("#"):
                raise DocumentRefused(f"It refers to {named[:200]}: references outside the document are not followed.")

    def resolved(self, node: Any) -> tuple[Json, str | None]:
        """`node` itself, or what its reference names, with that name; {} for what is no object.

        Members beside a reference go before the named ones, as in OpenAPI 3.1. Raises DocumentRefused for a reference
        that names nothing, or itself.
        """
        beside: dict[str, Any] = {}
        first: str | None = None
        for _ in range(LONGEST_CHAIN):
            if not isinstance(node, Mapping):
                return beside, first
            named = node.get("$ref")
            if not isinstance(named, str):
                return ({**node, **beside} if beside else node), first
            first = first or named
            beside = {**{name: part for name, part in node.items() if name != "$ref"}, **beside}
            node = self._found(named)
        raise DocumentRefused(f"{first} refers to itself.")

    def _found(self, named: str) -> Any:
        value: Any = self._document
        for part in named[1:].split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(value, Mapping):
                value = value.get(name)
            elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            else:
                value = None
            if value is None:
                raise DocumentRefused(f"It refers to {named[:200]}, and there is no such place in it.")
        return value


def _named(document: Any) -> Iterator[str]:
    """Every reference of the document, except inside somebody's data."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            named = value.get("$ref")
            if isinstance(named, str):
                yield named
            waiting += [part for name, part in value.items() if name not in _DATA or _describes(name, part)]
        elif isinstance(value, list):
            waiting += value


def _describes(name: str, part: Any) -> bool:
    """Tell whether a member that is called like data is a description: a property of that name, say."""
    return isinstance(part, Mapping) and ("$ref" in part or "type" in part) and name not in ("enum", "examples")
