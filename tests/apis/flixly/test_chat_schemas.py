"""Structured output over HTTP: every schema that clients send is met, or refused by its part and never charged."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from tests.apis.flixly.conftest import Call, refused
from tests.support.house import Account

OBJECT: dict[str, Any] = {"type": "object"}
ACTION = "flixly.chat.complete"
AT = "/input/response_format/json_schema/schema"


def of(part: Any, *required: str, **beside: Any) -> dict[str, Any]:
    return {**OBJECT, "properties": {"a": part}, "required": list(required), **beside}


def asked(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    shape = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return {
        "model": "gpt-5-4",
        "messages": [{"role": "user", "content": "Plan a trip"}],
        "response_format": shape,
        **more,
    }


@pytest.fixture
def chat(account: Account) -> Call:
    def call(schema: dict[str, Any], **more: Any) -> Any:
        return account.post("/api/v1/chat/completions", asked(schema, **more), api="flixly")

    return call


# As pydantic, zod and LangChain write them.
STEP = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "mood": {"$ref": "#/$defs/Mood"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Step"}},
    },
    "required": ["title", "mood", "note", "children"],
    "additionalProperties": False,
}
DEFS = {"Step": STEP, "Mood": {"enum": ["calm", "wild"], "type": "string", "title": "Mood"}}
DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
TAKEN = [
    of({"type": "array", "items": {"$ref": "#/$defs/Step"}}, "a", **{"$defs": DEFS}),
    {"$ref": "#/$defs/Step", "$defs": DEFS},
    of({"oneOf": [{"$ref": "#/$defs/Mood"}, {"type": "integer", "minimum": 1}]}, "a", **{"$defs": DEFS}),
    {"allOf": [of({"type": "string"}, "a"), {"properties": {"b": {"type": "boolean"}}, "required": ["b"]}]},
    of({"prefixItems": [{"type": "string"}, {"type": "integer"}], "type": "array", "items": False, "minItems": 2}, "a"),
    {**DRAFT_7, **of({"items": [{"const": "x"}], "type": "array", "minItems": 1}, "a")},
    of(False, minProperties=1),
    of({"type": "string", "pattern": r"^[A-Z]{2}-\d{4}$"}, "a"),
    of({"type": ["integer", "null"], "exclusiveMinimum": 3, "multipleOf": 4}, "a"),
    {**DRAFT_7, **of({"type": "string", "format": "date"}, "a")},
    of({"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3}, "a"),
]


@pytest.mark.parametrize("schema", TAKEN)
def test_a_schema_that_clients_send_is_met(chat: Call, schema: dict[str, Any]) -> None:
    answer = chat(schema)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    value = json.loads(answer.get_json()["choices"][0]["message"]["content"])
    validator_for(schema, default=Draft202012Validator)(schema).validate(value)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (of({"$ref": "http://127.0.0.1:9/x.json"}), "/properties/a/$ref"),
        (of({"$ref": "file:///etc/hostname"}), "/properties/a/$ref"),
        (of({"$ref": "#/$defs/nowhere"}), "/properties/a/$ref"),
        (of({"minimum": 2, "maximum": 1}), "/properties/a/minimum"),
        (of(False, "a"), "/properties/a"),
        (of({"pattern": r"(x)\1"}), "/properties/a/pattern"),
        (of({"type": "array", "minItems": 600_000}, "a"), ""),
        (of({"type": "string", "minLength": 2_000_000}, "a"), ""),
        ({"type": "array"}, "/type"),
        ({"anyOf": [OBJECT, {"type": "string"}]}, "/type"),
    ],
)
def test_a_part_that_can_not_be_used_is_refused_before_anything_is_accepted(
    account: Account, schema: dict[str, Any], pointer: str
) -> None:
    answer = account.submit(ACTION, asked(schema))
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [AT + pointer]
    assert account.balance() == {"total": 10_000, "held": 0}


def test_many_answers_together_are_bounded_as_one_is(account: Account, chat: Call) -> None:
    schema = of({"type": "string", "minLength": 300_000}, "a")
    assert account.submit(ACTION, asked(schema)).status_code == 202
    refused(chat(schema, n=4), 422, "validation_error", "the most that is kept")


def test_an_output_over_the_limit_ends_failed_and_released(account: Account) -> None:
    # Not certain beforehand: the string may be left out.
    schema = of({"type": "array", "items": {"type": "string", "minLength": 70_000}, "maxItems": 3}, "a")
    run = account.ended(account.submit(ACTION, asked(schema, n=8)).get_json()["id"], 60)
    assert (run["status"], run["error"]["code"]) == ("failed", "output_too_large"), run["error"]
    assert run["output"] is None
    assert account.balance() == {"total": 10_000, "held": 0}
