"""Every example and anti-example of every definition, and both validators over every schema."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from service.definitions import Action
from service.definitions.validation import Validator
from service.errors import ValidationError
from tests.support.definitions import built_in

DEFINITIONS = built_in()
ACTIONS = list(DEFINITIONS.actions.values())
EXAMPLES = [
    pytest.param(action, example, id=f"{action.id}-{number}")
    for action in ACTIONS
    for number, example in enumerate(action.examples)
]
ANTI_EXAMPLES = [
    pytest.param(action, example, id=f"{action.id}-{number}")
    for action in ACTIONS
    for number, example in enumerate(action.anti_examples)
]
Path = tuple[str | int, ...]


@pytest.mark.parametrize(("action", "example"), EXAMPLES)
def test_an_example_is_accepted_as_it_stands(action: Action, example: Mapping[str, Any]) -> None:
    accepted = action.validate(example["input"])
    assert accepted.items() >= example["input"].items()
    Draft202012Validator(action.output_schema).validate(example["output"])


@pytest.mark.parametrize(("action", "example"), ANTI_EXAMPLES)
def test_an_anti_example_is_refused_at_its_member(action: Action, example: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        action.validate(example["input"])
    assert example["pointer"] in [problem.pointer for problem in refused.value.errors]


@pytest.mark.parametrize(("action", "example"), EXAMPLES)
def test_an_output_without_one_of_its_required_members_is_refused(action: Action, example: Mapping[str, Any]) -> None:
    validator = Draft202012Validator(action.output_schema)
    required = list(required_members(action.output_schema, example["output"]))
    assert required or example["output"] == [], "nothing is required of it"
    for path in required:
        assert not validator.is_valid(without(example["output"], path)), f"{path} can be left out"


@pytest.mark.parametrize(("action", "example"), EXAMPLES)
def test_an_input_without_one_of_its_required_members_is_refused_there(
    action: Action, example: Mapping[str, Any]
) -> None:
    for name in action.input_schema.get("required", ()):
        with pytest.raises(ValidationError) as refused:
            action.validate(without(example["input"], (name,)))
        assert f"/{name}" in [problem.pointer for problem in refused.value.errors]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_both_validators_agree_on_every_input(action: Action) -> None:
    validator = Validator(action.input_schema)
    for example in (*action.examples, *action.anti_examples):
        for values in disturbed(example["input"]):
            fast, slow = validator.verdicts(values)
            assert fast == slow, values


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_both_validators_agree_on_every_output(action: Action) -> None:
    fast, slow = jsonschema_rs.validator_for(dict(action.output_schema)), Draft202012Validator(action.output_schema)
    for example in action.examples:
        for path in ((), *required_members(action.output_schema, example["output"])):
            value = without(example["output"], path) if path else example["output"]
            assert fast.is_valid(value) == slow.is_valid(value), path


def test_every_resolved_schema_stands_on_its_own() -> None:
    for action in ACTIONS:
        for schema in (action.input_schema, action.output_schema):
            assert not list(references(schema)), action.id


def required_members(schema: Mapping[str, Any], value: Any, path: Path = ()) -> Iterator[Path]:
    """Paths to all members of `value` that `schema` requires."""
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if Draft202012Validator(branch).is_valid(value):
            yield from required_members(branch, value, path)
    if isinstance(value, dict):
        yield from ((*path, name) for name in schema.get("required", ()))
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from required_members(part, value[name], (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from required_members(schema.get("items", {}), item, (*path, number))


def without(value: Any, path: Path) -> Any:
    """A copy of `value` that lacks the member at `path`."""
    changed = copy.deepcopy(value)
    place = changed
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return changed


def disturbed(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The input, and versions of it with one member gone, another type, an edge or a stranger in its place."""
    yield dict(values)
    yield {**values, "stranger": 1}
    for name, value in values.items():
        yield {other: kept for other, kept in values.items() if other != name}
        for odd in (None, "", "x", 0, -1, 1.0, 1.5, 10**6, True, [], ["x", "x"], {}, "http://[bad", "é" * 600, value):
            yield {**values, name: odd}


def references(schema: Any) -> Iterator[str]:
    """Every `$ref` in a schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for part in schema.values():
            yield from references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from references(part)
