"""Values made up for a JSON Schema: any schema that was checked, recursive ones and choices among them.

What must be there is made; what may be there is made too, until the value is deep or long, and then left out.
"""

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from service.definitions.caller_schemas import NEVER, Checker, Schema, target
from service.errors import RefusedByProvider
from service.sandbox.held import Held
from service.sandbox.lettered import Lettered

# Below this depth nothing is made that could be left out.
GENEROUS_DEPTH = 6
MOST_PARTS = 20_000
USUAL_ITEMS = 3
UNLIKE_TRIES = 30
FORMATS = {
    "date": "2026-05-04",
    "time": "09:30:00Z",
    "date-time": "2026-05-04T09:30:00Z",
    "duration": "P3D",
    "email": "lina@example.com",
    "idn-email": "lina@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.7",
    "ipv6": "2001:db8::7",
    "uri": "https://example.com/",
    "uri-reference": "/about",
    "iri": "https://example.com/",
    "uuid": "0196a2c4-7b1e-7c55-9d2e-3f6a8b1c4d5e",
    "json-pointer": "/name",
    "regex": "[a-z]+",
}
# Keywords of several schemas for one value that are the narrower of the two.
TIGHTER: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}


class Samples:
    """Makes values of one schema; `sentence` gives the words of strings."""

    def __init__(self, held: Held, sentence: Callable[[], str], rng: random.Random) -> None:
        self._held, self._sentence, self._rng = held, sentence, rng
        self._root, self._size = held.schema, held.size
        self._lettered = Lettered(rng)
        self._parts = 0

    def make(self, given: Mapping[str, Any]) -> Any:
        """Return a value of the whole schema that keeps the members of `given` that fit."""
        self._parts = 0
        return self._made(self._root, 0, given)

    def _made(self, schema: Schema, depth: int, given: Mapping[str, Any] | None = None) -> Any:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise RefusedByProvider("The embedded engine can't hold to this schema: it asks for too many values.")
        whole = self._whole(schema, depth)
        if "const" in whole:
            return whole["const"]
        if whole.get("enum"):
            return self._chosen(whole)
        kind = self._kind(whole, depth)
        if kind == "object":
            return self._object(whole, depth, given or {})
        if kind == "array":
            return self._array(whole, depth)
        return self._scalar(kind, whole)

    def _whole(self, schema: Schema, depth: int) -> dict[str, Any]:
        """Everything that must hold for one value in one schema: references followed, choices made."""
        if not isinstance(schema, Mapping):
            return {}
        whole = {name: part for name, part in schema.items() if name not in ("$ref", "allOf", "anyOf", "oneOf")}
        if isinstance(schema.get("$ref"), str):
            whole = _both(whole, self._whole(target(self._root, schema["$ref"]) or {}, depth))
        for part in schema.get("allOf", ()):
            whole = _both(whole, self._whole(part, depth))
        for way in ("anyOf", "oneOf"):
            if schema.get(way):
                whole = _both(whole, self._whole(self._way(schema[way], whole, depth), depth))
        return whole

    def _way(self, ways: list[Schema], beside: Mapping[str, Any], depth: int) -> Schema:
        """One of several ways that can be: any while there is room, the shortest where it is deep."""
        kinds = set(_listed(beside.get("type", [])))
        able = [way for way in ways if self._size(way) < NEVER]
        fitting = [way for way in able if not kinds or not isinstance(way, Mapping) or "type" not in way]
        fitting += [way for way in able if isinstance(way, Mapping) and kinds & set(_listed(way.get("type", [])))]
        choice = fitting or able or ways
        if depth >= GENEROUS_DEPTH:
            return min(choice, key=self._size)
        there = [way for way in choice if not (isinstance(way, Mapping) and way.get("type") == "null")]
        return self._rng.choice(there or choice)

    def _chosen(self, whole: Mapping[str, Any]) -> Any:
        rest = {name: part for name, part in whole.items() if name != "enum"}
        checker = Checker(rest)
        fitting = [choice for choice in whole["enum"][:100] if checker.fault(choice) is None]
        return self._rng.choice(fitting or whole["enum"])

    def _kind(self, whole: Mapping[str, Any], depth: int) -> str:
        kinds = _listed(whole.get("type") or ("object" if "properties" in whole else _implied(whole)))
        there = [kind for kind in kinds if kind != "null"]
        if depth >= GENEROUS_DEPTH and len(there) < len(kinds):
            return "null"
        return str(self._rng.choice(there or kinds))

    def _object(self, whole: Mapping[str, Any], depth: int, given: Mapping[str, Any]) -> dict[str, Any]:
        known, required = whole.get("properties", {}), list(whole.get("required", ()))
        wanted = dict.fromkeys([name for name in known if name in required or self._spares(known[name], depth)])
        made = {name: self._member(known[name], depth, given, name) for name in wanted}
        extra = whole.get("additionalProperties", True)
        for name in required:
            if name not in made:
                made[name] = self._made(known.get(name, extra), depth + 1)
        for number in range(int(whole.get("minProperties", 0)) - len(made)):
            name = self._name(whole, number)
            made[name] = self._made(extra if extra is not True else {"type": "string"}, depth + 1)
        return made

    def _spares(self, schema: Schema, depth: int) -> bool:
        """Return whether to make a member that may be left out: not where it is deep, nor where nothing can be it."""
        return depth < GENEROUS_DEPTH and self._size(schema) < NEVER

    def _member(self, schema: Schema, depth: int, given: Mapping[str, Any], name: str) -> Any:
        is_given = name in given and isinstance(schema, Mapping)
        if is_given and self._held.checker_of(schema).fault(given[name]) is None:
            return given[name]
        return self._made(schema, depth + 1)

    def _name(self, whole: Mapping[str, Any], number: int) -> str:
        names = whole.get("propertyNames")
        if isinstance(names, Mapping) and names:
            return str(self._made({"type": "string", **names}, GENEROUS_DEPTH))
        patterns = list(whole.get("patternProperties", ()))
        return self._lettered.text(patterns[0]) if patterns else f"item_{number + 1}"

    def _array(self, whole: Mapping[str, Any], depth: int) -> list[Any]:
        first, rest = whole.get("prefixItems", []), whole.get("items", True)
        least = int(whole.get("minItems", 0))
        spare = len(first) if first else (USUAL_ITEMS if depth < GENEROUS_DEPTH - 2 else 0)
        if not first and self._size(rest) == NEVER:
            spare = 0
        size = int(min(max(least, spare), whole.get("maxItems", math.inf)))
        rest = {"type": "string"} if rest is True else rest
        items: list[Any] = []
        for n in range(size):
            part = first[n] if n < len(first) else rest
            items.append(self._unlike(items, part, depth) if whole.get("uniqueItems") else self._made(part, depth + 1))
        if "contains" in whole and size:
            items[-1] = self._made(whole["contains"], depth + 1)
        return items

    def _unlike(self, items: list[Any], schema: Schema, depth: int) -> Any:
        """An item that is not there yet, as far as a few tries find one."""
        tries = [self._made(schema, depth + 1)]
        while tries[-1] in items and len(tries) < UNLIKE_TRIES:
            tries.append(self._made(schema, depth + 1))
        return tries[-1]

    def _scalar(self, kind: str, whole: Mapping[str, Any]) -> Any:
        match kind:
            case "boolean":
                return self._rng.random() < 0.5
            case "null":
                return None
            case "integer" | "number":
                return self._number(whole, kind == "integer")
            case _:
                return self._string(whole)

    def _number(self, whole: Mapping[str, Any], integer: bool) -> int | float:
        step = whole.get("multipleOf", 1 if integer else 0.01)
        low = whole.get("minimum", whole.get("exclusiveMinimum"))
        high = whole.get("maximum", whole.get("exclusiveMaximum"))
        low = (0 if high is None or high > 0 else high - 100) if low is None else low
        high = low + 100 * step if high is None else high
        first, last = math.ceil(low / step), math.floor(high / step)
        first += "exclusiveMinimum" in whole and first * step <= whole["exclusiveMinimum"]
        last -= "exclusiveMaximum" in whole and last * step >= whole["exclusiveMaximum"]
        number = self._rng.randint(first, max(first, last)) * step
        if not integer and first > last:
            return float(low + high) / 2
        return int(number) if integer else round(float(number), 6)

    def _string(self, whole: Mapping[str, Any]) -> str:
        if isinstance(whole.get("pattern"), str):
            return self._lettered.text(whole["pattern"], int(whole.get("minLength", 0)))
        if whole.get("format") in FORMATS:
            return FORMATS[whole["format"]]
        least, most = int(whole.get("minLength", 0)), whole.get("maxLength")
        text = self._sentence()
        if len(text) < least:
            text += (f" {self._sentence()}" * (least // 2))[: least - len(text)]
            text = text.ljust(least, ".")
        return text if most is None else text[: int(most)].rstrip().ljust(min(least, int(most)), ".")


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two schemas for one value as one."""
    both = {**one, **other}
    for name in one.keys() & other.keys():
        mine, theirs = one[name], other[name]
        if name in TIGHTER:
            both[name] = TIGHTER[name](mine, theirs)
        elif name == "type":
            both[name] = _shared(_listed(mine), _listed(theirs))
        elif name == "enum":
            both[name] = [choice for choice in mine if choice in theirs] or mine
        elif name == "required":
            both[name] = [*dict.fromkeys((*mine, *theirs))]
        elif name == "properties":
            shared = {at: {"allOf": [mine[at], theirs[at]]} for at in mine.keys() & theirs.keys()}
            both[name] = {**mine, **theirs, **shared}
        elif name == "additionalProperties":
            both[name] = mine if theirs is True else theirs
    return both


def _shared(mine: list[str], theirs: list[str]) -> list[str]:
    kinds = [kind for kind in mine if kind in theirs]
    if not kinds and {"integer", "number"} <= {*mine, *theirs}:
        kinds = ["integer"]
    return kinds or mine


def _listed(kinds: Any) -> list[str]:
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _implied(whole: Mapping[str, Any]) -> str:
    """The type that a schema without one speaks of."""
    if whole.keys() & {"items", "prefixItems", "minItems", "contains"}:
        return "array"
    if whole.keys() & {"required", "minProperties", "additionalProperties", "patternProperties"}:
        return "object"
    return "number" if whole.keys() & {"minimum", "maximum", "multipleOf", "exclusiveMinimum"} else "string"
