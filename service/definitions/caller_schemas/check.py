"""Reading a caller's schema before anything is accepted: every fault is a ValidationError that points at its part."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import orjson

from service.definitions.caller_schemas.least import NEVER, Size, least_sizes
from service.definitions.caller_schemas.nodes import SAME_VALUE, Path, inner, locate, nodes
from service.definitions.caller_schemas.patterns import compiles
from service.errors import ValidationError, pointer

MOST_BYTES, MOST_NODES, DEEPEST = 64 * 1024, 500, 20
# How many schemas may judge one value at once, references followed, and how many of them one inside the other.
MOST_AT_ONCE, LONGEST_CHAIN = 1000, 50
TOO_MANY = f"a schema holds {MOST_NODES} schemas at most"
DIALECTS = ("json-schema.org/draft", "json-schema.org/schema")
REFUSED = ("$dynamicRef", "$recursiveRef", "unevaluatedProperties", "unevaluatedItems")
LIMITS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


def check(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema as it is kept: without its own address, tuples of older drafts as `prefixItems`.

    Raises ValidationError where it is too large, refers to anything outside itself, or can't be met or checked.
    """
    size = len(orjson.dumps(schema))
    if size > MOST_BYTES:
        raise ValidationError.at("", f"a schema has {MOST_BYTES} bytes at most; this one has {size}")
    _check_bounds(schema)
    kept: dict[str, Any] = _modern(_without_address(schema))
    _follow_anchors(kept)
    _check_form(kept)
    _check_references(kept)
    # References make schemas of what else is only data, such as a `const`.
    if sum(1 for _ in nodes(kept)) > MOST_NODES:
        raise ValidationError.at("", TOO_MANY)
    for path, node in nodes(kept):
        if isinstance(node, Mapping):
            _check_node(path, node)
    _check_width(kept)
    _check_satisfiable(kept)
    return kept


def _check_bounds(schema: Mapping[str, Any]) -> None:
    count, waiting = 0, [((), schema, 0)]
    while waiting:
        path, node, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise ValidationError.at(pointer(*path), f"a schema is nested {DEEPEST} schemas deep at most")
        if count > MOST_NODES:
            raise ValidationError.at("", TOO_MANY)
        parts = [*inner(node)]
        if isinstance(node, Mapping) and isinstance(node.get("items"), list):
            parts += [(("items", n), part) for n, part in enumerate(node["items"])]
        waiting += [((*path, *way), part, depth + 1) for way, part in parts]  # type: ignore[misc]


def _without_address(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema without its address. Raises ValidationError for a dialect that is not JSON Schema's own."""
    dialect = schema.get("$schema")
    if dialect is not None and not (isinstance(dialect, str) and any(known in dialect for known in DIALECTS)):
        raise ValidationError.at("/$schema", "$schema must be a dialect of json-schema.org, or be left out")
    return {name: value for name, value in schema.items() if name not in ("$schema", "$id")}


def _modern(schema: Any) -> Any:
    """Drafts before 2020-12 give the items of a tuple as a list, and the rest as `additionalItems`."""
    if not isinstance(schema, Mapping):
        return schema
    node = dict(schema)
    if isinstance(node.get("items"), list):
        node["prefixItems"], rest = node.pop("items"), node.pop("additionalItems", True)
        node |= {"items": rest} if rest is not True else {}
    for way, part in list(inner(node)):
        if len(way) == 1:
            node[str(way[0])] = _modern(part)
        else:
            keyword, place = str(way[0]), way[1]
            if node[keyword] is schema.get(keyword):
                node[keyword] = node[keyword].copy()
            node[keyword][place] = _modern(part)
    return node


def _follow_anchors(schema: dict[str, Any]) -> None:
    """Replace references to an `$anchor` by the pointer to it."""
    parts = [(path, node) for path, node in nodes(schema) if isinstance(node, dict)]
    anchors = {f"#{node['$anchor']}": f"#{pointer(*path)}" for path, node in parts if "$anchor" in node}
    for _, node in parts:
        named = node.get("$ref")
        if isinstance(named, str):
            node["$ref"] = anchors.get(named, named)


def _check_form(schema: Mapping[str, Any]) -> None:
    try:
        jsonschema_rs.meta.validate(dict(schema))
    except jsonschema_rs.ValidationError as fault:
        raise ValidationError.at(pointer(*fault.instance_path), f"is no JSON Schema: {fault.message[:200]}") from None


def _check_references(schema: Mapping[str, Any]) -> None:
    for path, node in nodes(schema):
        if not isinstance(node, Mapping):
            continue
        at = pointer(*path)
        for keyword in REFUSED:
            if keyword in node:
                raise ValidationError.at(f"{at}/{keyword}", f"{keyword} is not supported here")
        for keyword in ("$id", "$schema"):
            if keyword in node:
                raise ValidationError.at(f"{at}/{keyword}", f"{keyword} may stand at the root of a schema only")
        named = node.get("$ref")
        if isinstance(named, str) and not named.startswith("#"):
            raise ValidationError.at(f"{at}/$ref", "$ref must lead to a part of this schema: #/$defs/…")
        if isinstance(named, str) and locate(schema, named) is None:
            raise ValidationError.at(f"{at}/$ref", f"there is no {named[:100]} in this schema")


def _check_node(path: Path, node: Mapping[str, Any]) -> None:
    at = pointer(*path)
    patterns = [((), node.get("pattern")), *(((name,), name) for name in node.get("patternProperties", ()))]
    for way, pattern in patterns:
        if isinstance(pattern, str) and not compiles(pattern):
            keyword = "patternProperties" if way else "pattern"
            words = "must be a regular expression without lookaround, back-references and large counts"
            raise ValidationError.at(at + pointer(keyword, *way), words)
    for low, high in LIMITS:
        if low in node and high in node and node[low] > node[high]:
            raise ValidationError.at(f"{at}/{low}", f"{low} is above {high}: nothing can be both")


def _check_width(root: Mapping[str, Any]) -> None:
    """Refuse that a value is judged by a schema that judges it already, or by too many. Raises ValidationError."""
    widths: dict[int, int] = {}

    def width(at: Path, path: Path, node: Any, above: frozenset[int]) -> int:
        if not isinstance(node, Mapping):
            return 1
        if id(node) in above:
            raise ValidationError.at(pointer(*at), "refers to itself without a member or item between")
        if id(node) not in widths:
            here = above | {id(node)}
            if len(here) > LONGEST_CHAIN:
                raise ValidationError.at(pointer(*at), f"more than {LONGEST_CHAIN} schemas in a row judge one value")
            parts = [((*path, *way), (*path, *way), part) for way, part in inner(node) if way[0] in SAME_VALUE]
            if isinstance(node.get("$ref"), str) and (found := locate(root, node["$ref"])):
                parts.append(((*path, "$ref"), *found))
            widths[id(node)] = 1 + sum(width(*part, here) for part in parts)
            if widths[id(node)] > MOST_AT_ONCE:
                raise ValidationError.at(pointer(*path), f"more than {MOST_AT_ONCE} schemas hold for one value here")
        return widths[id(node)]

    for path, node in nodes(root):
        width(path, path, node, frozenset())


def _check_satisfiable(root: Mapping[str, Any]) -> None:
    sizes = least_sizes(root)
    if sizes[id(root)] == NEVER:
        *_, last = _blame(root, sizes)
        raise ValidationError.at(pointer(*last), "no value can be this, or it would have no end")


def _blame(root: Mapping[str, Any], sizes: Mapping[int, Size]) -> Iterator[Path]:
    """Yield the way down from the root to the part that nothing can be."""
    path: Path = ()
    node: Any = root
    seen: set[int] = set()
    while isinstance(node, Mapping) and id(node) not in seen:
        yield path
        seen.add(id(node))
        ways: list[tuple[Path, Any]] = [((*path, *way), part) for way, part in _needed(node)]
        ways += [found] if "$ref" in node and (found := locate(root, node["$ref"])) else []
        impossible = [(way, part) for way, part in ways if part is False or sizes.get(id(part)) == NEVER]
        if not impossible:
            return
        path, node = impossible[0]
    yield path


def _needed(node: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield the parts that a value can't be without."""
    required = set(node.get("required", ()))
    for way, part in inner(node):
        if way[0] in ("allOf", "anyOf", "oneOf", "items", "prefixItems") or (
            way[0] == "properties" and way[1] in required
        ):
            yield way, part
