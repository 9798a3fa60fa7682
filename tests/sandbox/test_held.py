"""A schema is read once for all the texts that have it, and each text is held to its own."""

from dataclasses import replace
from pathlib import Path

from service.sandbox import text
from service.sandbox.held import LONGEST, held_to
from service.sandbox.job import Job

SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
LIST = {"type": "object", "properties": {"text": {"type": "array", "items": {"type": "string"}}}, "required": ["text"]}
JOKE = Job("text", "any", "Tell me a joke about cats", 2, 1, {"generator": "joke", "schema": SCHEMA})


def made(job: Job) -> list[object]:
    return [product.fields for product in text.make(job, Path())]


def test_a_schema_that_was_read_is_kept_and_one_that_is_long_is_not() -> None:
    assert held_to(SCHEMA) is held_to({**SCHEMA})
    long = SCHEMA | {"description": "x" * LONGEST}
    assert held_to(long) is not held_to(long)


def test_parts_that_were_put_together_for_one_value_are_not_kept() -> None:
    held = held_to(SCHEMA)
    known = held.schema["properties"]["text"]
    assert held.checker_of(known) is held.checker_of(known)
    made_up = {"allOf": [known]}
    assert held.checker_of(made_up) is not held.checker_of(made_up)


def test_what_is_kept_of_one_text_changes_no_other() -> None:
    first = made(JOKE)
    (listed,) = made(replace(JOKE, count=1, params={"generator": "joke", "schema": LIST}))
    assert isinstance(listed, dict)
    assert isinstance(listed["text"], list)
    assert made(JOKE) == first
