"""Schema files, each with its references put in place, so that what is handed out stands on its own.

Draft 2020-12; a `$ref` names a file below `schemas/`, from that folder.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.exceptions import ValidationError as Fault
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]


class DefinitionError(Exception):
    """A definition or schema that can't be used: the start is refused. Names the file and a JSON pointer into it."""

    def __init__(self, file: Path | str, pointer: str, message: str) -> None:
        super().__init__(f"{file}#{pointer}: {message}")
        self.file, self.pointer, self.message = str(file), pointer, message


class Schemas:
    """Every schema below one folder, by its path from there."""

    def __init__(self, folder: Path) -> None:
        """Read and check all of them. Raises DefinitionError."""
        self._folder = folder
        self._files = {str(path.relative_to(folder)): _read(path) for path in sorted(folder.rglob("*.json"))}
        resources = [(name, Resource.from_contents(body, DRAFT202012)) for name, body in self._files.items()]
        self._registry: Registry[Any] = Registry().with_resources(resources)
        for name, body in self._files.items():
            _check(folder / name, body)

    @property
    def names(self) -> tuple[str, ...]:
        """The files, by their path from the folder."""
        return tuple(self._files)

    def resolved(self, name: str) -> Json:
        """The schema in that file with every `$ref` replaced by what it names. Raises DefinitionError."""
        if name not in self._files:
            raise DefinitionError(self._folder / name, "", "there is no such schema file")
        resolver = self._registry.resolver(name)
        body = self._inlined(self._files[name], resolver, name, "", (name,))
        return {member: value for member, value in body.items() if member not in ("$schema", "$id", "$defs")}

    def _inlined(self, node: Any, resolver: Any, file: str, pointer: str, path: tuple[str, ...]) -> Any:
        if isinstance(node, list):
            return [self._inlined(part, resolver, file, f"{pointer}/{n}", path) for n, part in enumerate(node)]
        if not isinstance(node, dict):
            return node
        named = node.get("$ref")
        if not isinstance(named, str):
            return {
                member: self._inlined(part, resolver, file, f"{pointer}/{member}", path)
                for member, part in node.items()
            }
        if named in path:
            raise DefinitionError(self._folder / file, f"{pointer}/$ref", f"{named} contains itself")
        try:
            found = resolver.lookup(named)
        except Unresolvable:
            raise DefinitionError(self._folder / file, f"{pointer}/$ref", f"there is no {named}") from None
        inner = self._inlined(found.contents, found.resolver, file, f"{pointer}/$ref", (*path, named))
        beside = {member: part for member, part in node.items() if member != "$ref"}
        kept = {member: part for member, part in inner.items() if member not in ("$schema", "$id", "$defs", "title")}
        return {**kept, **beside}


def read_json(path: Path) -> Json:
    """A JSON object from a file. Raises DefinitionError."""
    return _read(path)


def _read(path: Path) -> Json:
    try:
        body = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise DefinitionError(path, "", f"is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise DefinitionError(path, "", "must be a JSON object")
    return body


def schema_faults(schema: Mapping[str, Any], value: Any) -> list[Fault]:
    """List what is wrong with a value: the quick validator passes a good one, jsonschema has words for the others."""
    if jsonschema_rs.is_valid(dict(schema), value):
        return []
    return list(Draft202012Validator(schema).iter_errors(value))


def _pointer(path: Any) -> str:
    return "".join(f"/{part}" for part in path)


def check_schema(file: Path, body: Json) -> Json:
    """Return a schema that stands on its own, checked. Raises DefinitionError."""
    _check(file, body)
    return body


def _check(file: Path, body: Json) -> None:
    """The quick validator passes a good schema; what it refuses goes to jsonschema for the verdict and its words."""
    if jsonschema_rs.meta.is_valid(body):
        return
    try:
        Draft202012Validator.check_schema(body)
    except SchemaError as error:
        raise DefinitionError(file, _pointer(error.absolute_path), error.message) from None
