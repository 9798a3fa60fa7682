"""Schemas for tools: what they say in few words takes everything that the definition's own takes."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service.describe import plain


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": ["string", "null"], "format": "uri", "minLength": 1}, {"type": "string"}),
        ({"type": ["integer", "string"], "maximum": 9}, {"type": "string"}),
        ({"type": ["string", "array", "null"], "maxLength": 9, "items": {}}, {"type": "string", "maxLength": 9}),
        ({"enum": [1, 2, None], "default": 2}, {"type": "string", "enum": ["1", "2"], "default": "2"}),
        ({"enum": [True, False]}, {"type": "string", "enum": ["true", "false"]}),
        ({"type": "array", "maxItems": 3}, {"type": "array", "maxItems": 3, "items": {"type": "string"}}),
        ({"anyOf": [{"type": "null"}, {"type": "number"}]}, {"type": "number"}),
        ({"type": "integer", "maximum": 2**53, "default": 5}, {"type": "integer", "default": 5}),
        (
            {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["b"], "if": {}, "then": {}},
            {"type": "object", "properties": {"a": {"type": "string"}}},
        ),
        (
            {"type": "string", "description": "Slug.", "pattern": "^a$", "x-pattern-words": "must be a"},
            {"type": "string", "description": "Slug. It must be a."},
        ),
    ],
)
def test_an_input_is_told_in_one_type(schema: dict[str, Any], shown: dict[str, Any]) -> None:
    assert plain.taken(schema) == shown


def test_an_answer_is_told_by_the_members_that_are_always_of_one_type() -> None:
    output = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "kind": {"enum": [1, 2]},
            "rows": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": ["null", "string"]}}}},
            "end": {"anyOf": [{"type": "object"}, {"type": "null"}]},
            "seldom": {"type": "string"},
        },
        "required": ["id", "kind", "rows", "end"],
    }
    shown = plain.answered(output)
    assert shown == {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "kind": {"type": "integer"},
            "rows": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["id", "kind", "rows"],
        "description": "Also: end, seldom.",
    }
    Draft202012Validator(shown).validate({"id": "a", "kind": 1, "rows": [{"x": None}], "end": None, "seldom": None})
