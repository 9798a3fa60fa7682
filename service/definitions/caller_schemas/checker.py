"""Holding values to a checked schema in bounded time: jsonschema with nothing that fetches, backtracks or explodes.

jsonschema-rs would be faster, but can't be stopped: a schema that refers to itself twice doubles its work at every
level of the answer. Here a reference judges a value once, and the whole has a budget of steps.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as Fault
from jsonschema.validators import extend

from service.definitions.caller_schemas.nodes import Schema, target
from service.definitions.caller_schemas.patterns import PatternRefused, matches

# Keywords looked at in one check, about 2 s of one processor: an answer of a megabyte takes a third of it.
MOST_STEPS = 300_000
# Characters that weigh as much as one keyword where a pattern reads them.
STEP_CHARACTERS = 200
Keyword = Callable[[Any, Any, Any, Any], Any]


class TooLarge(Exception):
    """The value and its schema together take more steps than a check may have."""


class Checker:
    """One checked schema."""

    def __init__(self, schema: Mapping[str, Any], part: Schema | None = None) -> None:
        """`schema` as `check` returned it; `part` of it where values are held to that part alone."""
        self._root = schema
        self._validator = _Bounded(schema if part is None else part)

    def fault(self, value: Any) -> str | None:
        """Return what is wrong with `value` and where (`.stars: …`), None where nothing is."""
        before = getattr(_here, "check", None)
        _here.check = _Check(self._root)
        try:
            first = next(self._validator.iter_errors(value), None)
        except (TooLarge, RecursionError):
            return ": it is too large to be checked"
        finally:
            _here.check = before
        return None if first is None else f"{first.json_path[1:]}: {first.message[:200]}"


class _Check:
    """The check that goes on in this thread: what it may still spend, and what each reference said of each part."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.known: dict[tuple[int, int], bool] = {}
        self._left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Raises TooLarge once nothing is left."""
        self._left -= steps
        if self._left < 0:
            raise TooLarge

    def matches(self, pattern: str, text: str) -> bool:
        """Return whether the pattern is found in `text`; one that was never checked is found nowhere."""
        self.spend(len(text) // STEP_CHARACTERS)
        try:
            return matches(pattern, text)
        except PatternRefused:
            return False

    def same(self, value: Any) -> bytes:
        """Return equal bytes for equal values, 1 and 1.0 among them."""
        written = orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)
        self.spend(len(written) // STEP_CHARACTERS)
        return written


_here = threading.local()


def _reference(validator: Any, named: Any, value: Any, _: Any) -> Iterator[Fault]:
    check: _Check = _here.check
    found = target(check.root, named) if isinstance(named, str) else None
    if found is None:
        yield Fault(f"{str(named)[:100]} is not in the schema")
    elif not isinstance(value, dict | list):
        yield from validator.descend(value, found)
    elif (key := (id(found), id(value))) not in check.known:
        check.known[key] = True
        first = next(validator.descend(value, found), None)
        check.known[key] = first is None
        if first is not None:
            yield first
    elif not check.known[key]:
        yield Fault(f"does not fit {named}")


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[Fault]:
    if isinstance(value, str) and not _here.check.matches(pattern, value):
        yield Fault(f"does not match {pattern[:100]}")


def _pattern_properties(validator: Any, patterns: Any, value: Any, _: Any) -> Iterator[Fault]:
    for pattern, schema in patterns.items() if isinstance(value, dict) else ():
        for name, member in value.items():
            _here.check.spend(1)
            if _here.check.matches(pattern, name):
                yield from validator.descend(member, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Fault]:
    patterns = schema.get("patternProperties", ())
    for name in value.keys() - schema.get("properties", {}).keys() if isinstance(value, dict) else ():
        _here.check.spend(1)
        if any(_here.check.matches(pattern, name) for pattern in patterns):
            continue
        if wanted is False:
            yield Fault(f"{name[:100]} is not one of its members")
        else:
            yield from validator.descend(value[name], wanted, path=name)


def _unique_items(_: Any, wanted: Any, value: Any, __: Any) -> Iterator[Fault]:
    if wanted and isinstance(value, list) and len({_here.check.same(item) for item in value}) != len(value):
        yield Fault("holds the same item twice")


def _enum(_: Any, wanted: Any, value: Any, __: Any) -> Iterator[Fault]:
    _here.check.spend(len(wanted) // 10)
    if _here.check.same(value) not in {_here.check.same(choice) for choice in wanted}:
        yield Fault(f"must be one of {str(wanted)[:100]}")


def _nothing(*_: Any) -> Iterator[Fault]:
    return iter(())


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {name: _plain(member) for name, member in value.items()} if isinstance(value, dict) else value


def _paid(keyword: Keyword) -> Keyword:
    """Every keyword takes a step of the check, and so do the words of its faults: jsonschema puts values into them."""

    def paid(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Fault]:
        _here.check.spend(1)
        for fault in keyword(validator, wanted, value, schema) or ():
            _here.check.spend(len(fault.message) // STEP_CHARACTERS)
            yield fault

    return paid


_OWN: dict[str, Keyword] = {
    "$ref": _reference,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
    "enum": _enum,
    **dict.fromkeys(("$dynamicRef", "unevaluatedItems", "unevaluatedProperties"), _nothing),
}
_KEYWORDS = {name: _paid(keyword) for name, keyword in {**Draft202012Validator.VALIDATORS, **_OWN}.items()}
_Bounded: Any = extend(Draft202012Validator, _KEYWORDS)  # type: ignore[no-untyped-call]
