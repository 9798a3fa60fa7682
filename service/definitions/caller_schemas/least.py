"""The fewest bytes of JSON that a value of a schema can have: certain before anything is paid for."""

import math
from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any

import orjson

from service.definitions.caller_schemas.nodes import Schema, inner, nodes, target

# The size of a value that can't be: nothing fits, or it would have no end.
NEVER = math.inf
# More than any answer has; sums and products of what schemas claim end here.
LARGEST = 2**60
Size = float | int
Sizes = Callable[[Any], Size]


def least_sizes(root: Schema) -> dict[int, Size]:
    """The fewest bytes by each schema's `id`, NEVER where no finite value fits: a lower bound, never over the truth.

    References may be circular. No schema is smaller than a part that it needs, so the smallest size of those that are
    not certain yet is certain, and each schema is weighed once for every part of it.
    """
    parts = [node for _, node in nodes(root)]
    sizes: dict[int, Size] = {id(node): NEVER for node in parts}
    fixed = {id(node): _fixed(node) for node in parts}
    users = _users(root, parts)
    certain: set[int] = set()

    def size(schema: Any) -> Size:
        return _plain(schema) if isinstance(schema, bool) else sizes.get(id(schema), 1)

    def weighed(node: Schema) -> tuple[Size, int]:
        least = _plain(node) if isinstance(node, bool) else max(fixed[id(node)], _least(root, node, size))
        return min(least, LARGEST) if least != NEVER else NEVER, id(node)

    waiting = [found for found in map(weighed, parts) if found[0] != NEVER]
    heapify(waiting)
    while waiting:
        least, this = heappop(waiting)
        if this in certain:
            continue
        certain.add(this)
        sizes[this] = least
        for node in users.get(this, ()):
            if id(node) not in certain and (found := weighed(node))[0] != NEVER:
                heappush(waiting, found)
    return sizes


def _users(root: Schema, parts: Iterable[Schema]) -> dict[int, list[Schema]]:
    """Return the schemas that each schema is a part of, or that refer to it, by its `id`."""
    users: dict[int, list[Schema]] = {}
    for node in parts:
        below = [part for _, part in inner(node)]
        if isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            below.append(target(root, node["$ref"]))
        for part in below:
            users.setdefault(id(part), []).append(node)
    return users


def _fixed(node: Schema) -> Size:
    """Return what a schema's own values say, which no other schema changes."""
    if isinstance(node, bool):
        return 0
    bounds: list[Size] = [_written(node["const"])] if "const" in node else []
    if isinstance(node.get("enum"), list):
        bounds.append(min(map(_written, node["enum"]), default=NEVER))
    return max(bounds, default=0)


def _plain(schema: bool) -> Size:
    return 1 if schema else NEVER


def _least(root: Schema, node: Mapping[str, Any], size: Sizes) -> Size:
    """Return, of everything that must hold at once, the largest; of ways to choose from, the smallest."""
    bounds: list[Size] = [min((_of_type(kind, node, size) for kind in _types(node)), default=1)]
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
