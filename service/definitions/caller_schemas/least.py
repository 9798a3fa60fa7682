"""The fewest bytes of JSON that a value of a schema can have: certain before anything is paid for."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from service.definitions.caller_schemas.nodes import Schema, nodes, target

# The size of a value that can't be: nothing fits, or it would have no end.
NEVER = math.inf
Size = float | int
Sizes = Callable[[Any], Size]


def least_sizes(root: Schema) -> dict[int, Size]:
    """The fewest bytes by each schema's `id`, NEVER where no finite value fits: a lower bound, never over the truth.

    References may be circular, so sizes begin at NEVER and are corrected downward until none changes.
    """
    parts = [node for _, node in nodes(root)][::-1]
    sizes: dict[int, Size] = {id(node): NEVER for node in parts}

    def size(schema: Any) -> Size:
        return _plain(schema) if isinstance(schema, bool) else sizes.get(id(schema), 1)

    changed = True
    while changed:
        changed = False
        for node in parts:
            if isinstance(node, bool):
                sizes[id(node)] = _plain(node)
            elif (found := _least(root, node, size)) < sizes[id(node)]:
                sizes[id(node)], changed = found, True
    return sizes


def _plain(schema: bool) -> Size:
    return 1 if schema else NEVER


def _least(root: Schema, node: Mapping[str, Any], size: Sizes) -> Size:
    """Of everything that must hold at once the largest, of ways to choose from the smallest."""
    bounds: list[Size] = [min((_of_type(kind, node, size) for kind in _types(node)), default=1)]
    if "const" in node:
        bounds.append(_written(node["const"]))
    if isinstance(node.get("enum"), list):
        bounds.append(min(map(_written, node["enum"]), default=NEVER))
    if isinstance(node.get("$ref"), str):
        bounds.append(size(target(root, node["$ref"])))
    bounds += [size(part) for part in node.get("allOf", ())]
    bounds += [min(map(size, node[way]), default=NEVER) for way in ("anyOf", "oneOf") if way in node]
    return max(bounds)


def _types(node: Mapping[str, Any]) -> Iterable[str]:
    kinds = node.get("type", ())
    return [kinds] if isinstance(kinds, str) else kinds


def _of_type(kind: str, node: Mapping[str, Any], size: Sizes) -> Size:
    match kind:
        case "string":
            return int(node.get("minLength", 0)) + 2
        case "array":
            return _array(node, size)
        case "object":
            return _object(node, size)
        case "boolean" | "null":
            return 4
        case _:
            return 1


def _array(node: Mapping[str, Any], size: Sizes) -> Size:
    count, first = int(node.get("minItems", 0)), node.get("prefixItems", [])
    each = [size(part) for part in first[:count]]
    rest = count - len(each)
    # Infinity times nothing is no number.
    return sum(each) + (rest * size(node.get("items", True)) if rest else 0) + max(0, count - 1) + 2


def _object(node: Mapping[str, Any], size: Sizes) -> Size:
    known, names = node.get("properties", {}), node.get("required", [])
    each = [len(name.encode(errors="replace")) + 3 + size(known.get(name, True)) for name in names]
    lacking = max(0, int(node.get("minProperties", 0)) - len(each))
    return sum(each) + lacking * 5 + max(0, len(each) + lacking - 1) + 2


def _written(value: Any) -> int:
    try:
        return len(orjson.dumps(value))
    except TypeError:
        return 1
