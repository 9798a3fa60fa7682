"""The kinds of extensions: one module each, found by its name, that turns a stored document into what it adds.

Each module has `parts(extension, id_of)`, and `summary(spec)`, one line for lists. `id_of(type, key)` is the id that a
model of the extension keeps. Both may raise KeyError, TypeError and ValueError for a document that they can't read.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from service.definitions import Action, Api
from service.errors import ValidationError
from service.extensions.book import Extension

IdOf = Callable[[str, str], int]
TEXT = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
MEDIA = {"type": "object", "properties": {}, "additionalProperties": True}


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that one extension adds: rows as the catalogue's files have them, APIs and their actions."""

    models: tuple[Mapping[str, Any], ...] = ()
    generators: tuple[Mapping[str, Any], ...] = ()
    apis: tuple[Api, ...] = ()
    actions: tuple[Action, ...] = ()


class KindModule(Protocol):
    """A kind's module."""

    def parts(self, extension: Extension, id_of: IdOf) -> Parts:
        """Everything that it adds."""

    def summary(self, spec: Mapping[str, Any]) -> str:
        """One line about it."""


@cache
def names() -> tuple[str, ...]:
    """Every kind that this version knows."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def of(kind: str) -> KindModule:
    """The kind's module. Raises ValidationError."""
    if kind not in names():
        raise ValidationError.at("/kind", f"{kind!r} is not one of {', '.join(names())}.")
    return importlib.import_module(f"{__name__}.{kind}")


def data_schema(type: str) -> Mapping[str, Any]:
    """Return the schema of what an added generator of this type of model makes."""
    return TEXT if type == "text" else MEDIA
