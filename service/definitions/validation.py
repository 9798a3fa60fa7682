"""Holding a value against a schema: fast where it is good, in plain words where it is not.

jsonschema-rs answers the good case; what it refuses goes to jsonschema for the verdict and the words.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import ValidationError as Fault

from service.errors import MOST_FAULTS, Problem, ValidationError, pointer
from service.net.urls import is_absolute

FORMATS = FormatChecker(formats=["uuid", "date-time", "email"])
FORMATS.checkers["uri"] = (lambda value: not isinstance(value, str) or is_absolute(value), ())


def _unique(_validator: Any, wanted: Any, items: Any, _schema: Any) -> Iterator[Fault]:
    """Check `uniqueItems` in one pass: jsonschema compares each item with every other where they don't sort."""
    if wanted and isinstance(items, list):
        told = [orjson.dumps(item, option=orjson.OPT_SORT_KEYS) for item in items]
        if len(set(told)) < len(told):
            yield Fault("has the same item twice")


Wording = validators.extend(Draft202012Validator, {"uniqueItems": _unique})  # type: ignore[no-untyped-call]


class Validator:
    """One schema, compiled once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """`schema` stands on its own, references in place."""
        self._fast = jsonschema_rs.validator_for(dict(schema), validate_formats=True, formats={"uri": is_absolute})
        self._slow = Wording(schema, format_checker=FORMATS)

    def check(self, value: Any, noun: str = "input") -> None:
        """Raises ValidationError with one problem for each fault, pointing at the member itself."""
        if self._fast.is_valid(value):
            return
        found = (problem for fault in self._slow.iter_errors(value) for problem in _problems(fault))
        # No more is looked for than is told: what is wrong a million times costs no more than twenty.
        unique = list(dict.fromkeys(islice(found, MOST_FAULTS)))
        if unique:
            first = unique[0]
            where = first.pointer.removeprefix("/").replace("/", ".") or noun
            raise ValidationError(f"{where} {first.message}", errors=unique)

    def verdicts(self, value: Any) -> tuple[bool, bool]:
        """Return what either library says, for the test that holds them against each other."""
        return self._fast.is_valid(value), self._slow.is_valid(value)


def _problems(fault: Fault) -> Iterator[Problem]:
    at = pointer(*fault.absolute_path)
    sent: Any = fault.instance
    if fault.validator == "required":
        wanted: Any = fault.validator_value
        missing = (name for name in wanted if name not in sent)
        yield from (Problem(at + pointer(name), "is required") for name in missing)
    elif fault.validator == "additionalProperties":
        schema: Any = fault.schema
        known = schema.get("properties", {})
        unknown = (name for name in sent if name not in known)
        words = f"is not known here; known are {', '.join(known)}"
        yield from (Problem(at + pointer(name), words) for name in unknown)
    elif fault.validator == "if" or (fault.validator in ("anyOf", "oneOf") and fault.context):
        yield from _of_branches(fault, at)
    else:
        yield Problem(at, _words(fault))


def _of_branches(fault: Fault, at: str) -> Iterator[Problem]:
    """Of several ways to be right: the member that the first one lacks, or what each wants, in one sentence."""
    ways = fault.context or []
    if ways and ways[0].validator == "required":
        first, *others = dict.fromkeys(name for way in ways for name in _members(way))
        unless = f", unless {' or '.join(others)} is sent" if others else ""
        yield Problem(f"{at}/{first}", f"is required{unless}")
        return
    words = list(dict.fromkeys(_words(way) for way in ways))
    yield Problem(at, " or ".join(words) if words else "does not fit")


def _members(way: Fault) -> list[str]:
    """The members that a way to be right lacks, or the one that is wrong for it."""
    if way.validator == "required":
        wanted: Any = way.validator_value
        sent: Any = way.instance
        return [name for name in wanted if name not in sent]
    return [str(part) for part in way.relative_path][:1]


def _words(fault: Fault) -> str:
    """Say in words what would be right."""
    schema: Mapping[str, Any] = fault.schema if isinstance(fault.schema, Mapping) else {}
    wanted: Any = fault.validator_value
    low, high = schema.get("minimum"), schema.get("maximum")
    match fault.validator:
        case "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            return "must be " + " or ".join(_KINDS[kind] for kind in kinds)
        case "enum":
            return "must be one of " + ", ".join(str(choice) for choice in wanted)
        case "const":
            return f"must be {wanted}"
        case "minimum" | "maximum":
            if low is not None and high is not None:
                return f"must be {low} to {high}"
            return f"must be {low} or more" if high is None else f"must be {high} or less"
        case "minLength" | "maxLength":
            return _counted(schema.get("minLength"), schema.get("maxLength"), "character")
        case "minItems" | "maxItems":
            return _counted(schema.get("minItems"), schema.get("maxItems"), "item")
        case "format":
            return f"must be {_FORMATS.get(wanted, 'a ' + str(wanted))}"
        case "pattern":
            return str(schema.get("x-pattern-words") or f"must match {wanted}")
        case "uniqueItems":
            return "must not hold the same item twice"
        case "minProperties" | "maxProperties":
            return _counted(schema.get("minProperties"), schema.get("maxProperties"), "member")
        case "not":
            return "is not allowed here"
        case _:
            return fault.message


_KINDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
_FORMATS = {"uuid": "a UUID", "uri": "an absolute URL", "date-time": "an ISO 8601 time", "email": "an e-mail address"}


def _counted(low: int | None, high: int | None, noun: str) -> str:
    if low and high is not None:
        return f"must be {low} to {high} {noun}s"
    if high is None:
        return f"must be at least {low} {noun}{'s' if low != 1 else ''}"
    return f"must be at most {high} {noun}{'s' if high != 1 else ''}"
