"""Values are held to a schema in bounded time, whatever the schema, the value and their patterns are."""

import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service.definitions.caller_schemas import Checker, check

TREE = {
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/Node"}},
    "$defs": {
        "Node": {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": kind}, "left": {"$ref": "#/$defs/Node"}},
                    "required": ["kind", "left"],
                }
                for kind in ("add", "multiply", "divide")
            ]
            + [{"type": "null"}]
        }
    },
}


def tree(depth: int, leaf: Any) -> dict[str, Any]:
    value = leaf
    for _ in range(depth):
        value = {"kind": "divide", "left": value}
    return {"root": value}


@pytest.mark.parametrize(("leaf", "fits"), [(None, True), (7, False)])
def test_choices_at_every_level_of_a_deep_answer_do_not_multiply(leaf: Any, fits: bool) -> None:
    began = time.process_time()
    assert (Checker(check(TREE)).fault(tree(60, leaf)) is None) is fits
    assert time.process_time() - began < 2


def test_a_pattern_that_backtracks_for_ever_elsewhere_is_matched_at_once() -> None:
    schema = check({"type": "object", "properties": {"a": {"type": "string", "pattern": "^(([a-zA-Z ]+)+)+[0-9]$"}}})
    began = time.process_time()
    assert "does not match" in str(Checker(schema).fault({"a": "a" * 50_000 + "!"}))
    assert Checker(schema).fault({"a": "a" * 50_000 + "1"}) is None
    assert time.process_time() - began < 2


def test_what_takes_too_many_steps_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.definitions.caller_schemas.checker.MOST_STEPS", 20_000)
    many = {"anyOf": [{"items": {"type": "string", "minLength": n}} for n in range(1, 200)]}
    schema = check({"type": "object", "properties": {"a": {"type": "array", **many}}})
    assert "too large to be checked" in str(Checker(schema).fault({"a": [0] * 20_000}))


def test_a_schema_that_was_never_checked_reaches_nothing() -> None:
    for named in ("http://127.0.0.1:1/x", "file:///etc/hostname", 7):
        assert "is not in the schema" in str(Checker({"properties": {"a": {"$ref": named}}}).fault({"a": 1}))


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"enum": [1, "a", [1.0]]}, [1, 1.0, "a", [1]], [True, "b", [2]]),
        ({"uniqueItems": True}, [[1, "1"], [{"a": 1}, {"a": 2}]], [[1, 1.0], [{"a": 1}, {"a": 1}]]),
        (
            {"properties": {"a": {}}, "patternProperties": {"^x": {"type": "string"}}, "additionalProperties": False},
            [{"a": 1, "xy": ""}],
            [{"b": 1}, {"xy": 1}],
        ),
        ({"additionalProperties": {"type": "integer"}}, [{"b": 1}], [{"b": "1"}]),
        ({"prefixItems": [{"type": "string"}], "items": False}, [["a"], []], [["a", 1], [1]]),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}}, [1], ["1"]),
        ({"oneOf": [{"type": "integer"}, {"minimum": 3}]}, [1, 3.5], [4]),
    ],
)
def test_verdicts_are_those_of_json_schema(schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    checker, authority = Checker(check(schema)), Draft202012Validator(schema)
    for value in good:
        assert (checker.fault(value), authority.is_valid(value)) == (None, True), value
    for value in bad:
        assert (checker.fault(value) is None, authority.is_valid(value)) == (False, False), value


def test_a_fault_says_where_it_is() -> None:
    schema = {"type": "object", "properties": {"stars": {"type": "array", "items": {"maximum": 5}}}}
    assert Checker(schema).fault({"stars": [1, 6]}) == ".stars[1]: 6 is greater than the maximum of 5"
