"""The parts of a JSON Schema: where one schema stands inside another, and where its references lead."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

Schema = Mapping[str, Any] | bool
Path = tuple[str | int, ...]

# Keywords whose value is one schema, a list of schemas, a map of schemas.
ONE = ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else")
LIST = ("prefixItems", "allOf", "anyOf", "oneOf")
MAP = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
# Of these, the ones that judge the same value as the schema that they stand in.
SAME_VALUE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})


def inner(schema: Schema) -> Iterator[tuple[Path, Any]]:
    """Yield every schema directly inside `schema` with the path to it; what stands there may be no schema at all."""
    if not isinstance(schema, Mapping):
        return
    for keyword in ONE:
        if keyword in schema:
            yield (keyword,), schema[keyword]
    for keyword in LIST:
        parts = schema.get(keyword)
        yield from (((keyword, n), part) for n, part in enumerate(parts if isinstance(parts, list) else ()))
    for keyword in MAP:
        parts = schema.get(keyword)
        yield from (((keyword, name), part) for name, part in (parts.items() if isinstance(parts, Mapping) else ()))


def nodes(schema: Schema) -> Iterator[tuple[Path, Schema]]:
    """Yield the schema and every schema inside it or referred to, each once, with the path to it from the root."""
    seen: set[Path] = set()
    waiting: list[tuple[Path, Any]] = [((), schema)]
    while waiting:
        path, node = waiting.pop()
        if path in seen or not isinstance(node, Mapping | bool):
            continue
        seen.add(path)
        yield path, node
        waiting += [((*path, *way), part) for way, part in inner(node)]
        named = node.get("$ref") if isinstance(node, Mapping) else None
        if isinstance(named, str) and (found := locate(schema, named)) is not None:
            waiting.append(found)


def locate(root: Schema, reference: str) -> tuple[Path, Schema] | None:
    """Return where `#` or `#/a/pointer` leads inside `root`; None where there is no schema."""
    fragment = unquote(reference[1:])
    if not reference.startswith("#") or (fragment and not fragment.startswith("/")):
        return None
    node: Any = root
    path: list[str | int] = []
    for part in fragment.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping) and name in node:
            node = node[name]
            path.append(name)
        elif isinstance(node, list) and name.isdecimal() and len(name) < 6 and int(name) < len(node):
            node = node[int(name)]
            path.append(int(name))
        else:
            return None
    return (tuple(path), node) if isinstance(node, Mapping | bool) else None


def target(root: Schema, reference: str) -> Schema | None:
    """The schema that a reference inside `root` leads to; None where there is none."""
    found = locate(root, reference)
    return None if found is None else found[1]
