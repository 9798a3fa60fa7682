"""A caller's schema is data: bounded, referring to itself only, and refused at the part that can't be used."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.catalog import load
from service.definitions.caller_schemas import check, least_sizes, wrapped
from service.errors import ValidationError

OBJECT: dict[str, Any] = {"type": "object"}


def of(part: Any, *required: str) -> dict[str, Any]:
    return {**OBJECT, "properties": {"a": part}, "required": list(required)}


def nested(levels: int) -> dict[str, Any]:
    schema = OBJECT
    for _ in range(levels):
        schema = of(schema)
    return schema


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: Any) -> Any:
        raise AssertionError("a caller's schema opened a socket")

    monkeypatch.setattr(socket.socket, "connect", opened)
    monkeypatch.setattr(socket, "getaddrinfo", opened)


@pytest.mark.usefixtures("no_socket")
@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (of({"$ref": "http://127.0.0.1:1/x.json"}), "/properties/a/$ref"),
        (of({"$ref": "file:///etc/hostname"}), "/properties/a/$ref"),
        (of({"$ref": "other.json#/x"}), "/properties/a/$ref"),
        ({**OBJECT, "allOf": [{"$ref": "//127.0.0.1/x"}]}, "/allOf/0/$ref"),
        (of({"$dynamicRef": "http://127.0.0.1/x"}), "/properties/a/$dynamicRef"),
        (of({"$id": "http://127.0.0.1/x"}), "/properties/a/$id"),
        ({**OBJECT, "$schema": "http://127.0.0.1/x"}, "/$schema"),
        (of({"$schema": "file:///x"}), "/properties/a/$schema"),
        ({**OBJECT, "$defs": {"unused": {"$ref": "file:///etc/passwd"}}}, "/$defs/unused/$ref"),
    ],
)
def test_nothing_outside_the_schema_is_ever_looked_at(schema: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        check(schema)
    assert [fault.pointer for fault in refusal.value.errors] == [pointer]


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (of({"$ref": "#/$defs/nowhere"}), "/properties/a/$ref"),
        (of({"$ref": "#nowhere"}), "/properties/a/$ref"),
        (of({"$ref": "#/required"}), "/properties/a/$ref"),
        (of({"minimum": 3, "maximum": 2}), "/properties/a/minimum"),
        (of({"minLength": 3, "maxLength": 2}), "/properties/a/minLength"),
        (of({"anyOf": [{"minItems": 3, "maxItems": 2}]}), "/properties/a/anyOf/0/minItems"),
        (of(False, "a"), "/properties/a"),
        (of({"enum": []}, "a"), "/properties/a"),
        (of({"type": "strung"}), "/properties/a/type"),
        (of(7), "/properties/a"),
        ({**OBJECT, "properties": []}, "/properties"),
        ({**OBJECT, "required": "a"}, "/required"),
        (of({"multipleOf": 0}), "/properties/a/multipleOf"),
        ({"$ref": "#"}, "/$ref"),
        ({"allOf": [{"$ref": "#"}]}, "/allOf/0/$ref"),
        (of({"$ref": "#"}, "a"), ""),
        (of({"unevaluatedProperties": False}), "/properties/a/unevaluatedProperties"),
        (of({"pattern": "("}), "/properties/a/pattern"),
        (of({"pattern": r"(a)\1"}), "/properties/a/pattern"),
        (of({"pattern": "(?=a)"}), "/properties/a/pattern"),
        (of({"pattern": "((a{1000}){1000}){1000}"}), "/properties/a/pattern"),
        ({**OBJECT, "patternProperties": {"(?!a)": {}}}, "/patternProperties/(?!a)"),
        ({**OBJECT, "description": "x" * 65_536}, ""),
        ({**OBJECT, "properties": {str(n): {} for n in range(500)}}, ""),
        (nested(21), "/properties/a" * 21),
    ],
)
def test_a_part_that_can_not_be_used_is_named(schema: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        check(schema)
    assert [fault.pointer for fault in refusal.value.errors] == [pointer], refusal.value.errors


@pytest.mark.parametrize(
    "schema",
    [
        of(False),
        of({"pattern": r"^(([a-zA-Z ]+)+)+[0-9]$"}),
        of({"prefixItems": [{"type": "string"}, {}]}),
        of({"$ref": "#"}),
        nested(20),
        {**OBJECT, "properties": {str(n): {} for n in range(499)}},
        {**OBJECT, "$schema": "http://json-schema.org/draft-07/schema#", "$id": "https://example.com/ship.json"},
        {
            "$ref": "#/definitions/A",
            "definitions": {"A": of({"anyOf": [{"$ref": "#/definitions/A"}, {"type": "null"}]})},
        },
        of({"$ref": "#/components/schemas/Ship"}) | {"components": {"schemas": {"Ship": OBJECT}}},
    ],
)
def test_what_clients_send_is_taken(schema: dict[str, Any]) -> None:
    assert check(schema)


def test_a_tuple_of_an_older_draft_and_an_anchor_become_what_every_reader_knows() -> None:
    kept = check(of({"items": [{"$ref": "#ship"}], "additionalItems": False}) | {"$defs": {"s": {"$anchor": "ship"}}})
    assert kept["properties"]["a"] == {"prefixItems": [{"$ref": "#/$defs/s"}], "items": False}


def test_references_that_multiply_are_refused_quickly() -> None:
    laughs = {str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(20)} | {"20": OBJECT}
    began = time.process_time()
    with pytest.raises(ValidationError, match="hold for one value"):
        check({"$ref": "#/$defs/0", "$defs": laughs})
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("schema", "least"),
    [
        (of({"type": "array", "items": {"type": "string", "minLength": 10}, "minItems": 100_000}, "a"), 1_300_000),
        (of({"type": "string", "minLength": 2_000_000}, "a"), 2_000_000),
        (of({"$ref": "#/$defs/b"}, "a") | {"$defs": {"b": {"type": "array", "minItems": 10**12}}}, 10**12),
    ],
)
def test_the_size_that_is_certain_is_known_before(schema: dict[str, Any], least: int) -> None:
    kept = check(schema)
    assert least_sizes(kept)[id(kept)] >= least


@pytest.mark.parametrize(
    "schema",
    [
        of({"type": "array", "minItems": 10**9}),
        of({"anyOf": [{"type": "string", "minLength": 10**9}, {"type": "null"}]}, "a"),
        of({"enum": ["x" * 1000, "y"]}, "a"),
    ],
)
def test_a_size_is_never_told_larger_than_an_answer_can_be(schema: dict[str, Any]) -> None:
    kept = check(schema)
    assert least_sizes(kept)[id(kept)] <= 20


def test_a_schema_that_is_wrapped_takes_its_definitions_along() -> None:
    step = {**OBJECT, "properties": {"next": {"$ref": "#/$defs/Step"}, "all": {"$ref": "#"}}}
    whole = wrapped({**of({"$ref": "#/$defs/Step"}), "$defs": {"Step": step}}, lambda one: of({"items": one}))
    assert check(whole)
    assert whole["properties"]["a"]["items"] == {"$ref": "#/$defs/answer"}
    assert whole["$defs"]["Step"]["properties"]["all"] == {"$ref": "#/$defs/answer"}
    assert whole["$defs"]["answer"]["properties"]["a"] == {"$ref": "#/$defs/Step"}
    plain = wrapped(of({"$ref": "#/$defs/S"}) | {"$defs": {"S": OBJECT}}, lambda one: of({"items": one}))
    assert plain == {**of({"items": of({"$ref": "#/$defs/S"})}), "$defs": {"S": OBJECT}}


def test_the_schemas_of_our_own_generators_pass_as_any_callers_would() -> None:
    for generator in load().generators():
        if generator.data_schema:
            assert check(generator.data_schema), generator.slug


def test_a_file_is_not_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    there, lacking = tmp_path / "there.json", tmp_path / "lacking.json"
    there.write_text('{"type": "string"}')
    told = []
    for path in (there, lacking):
        with pytest.raises(ValidationError) as refusal:
            check(of({"$ref": path.as_uri()}))
        told.append(refusal.value.message)
    assert told[0] == told[1]


def chain(links: int, link: Callable[[str], Any], root: str = "$defs") -> dict[str, Any]:
    """A schema whose definitions each refer to the next, the last of them first."""
    parts = {f"d{n}": link(f"#/{root}/d{n + 1}") for n in reversed(range(links))}
    parts[f"d{links}"] = {"type": "string"}
    return {**of({"$ref": f"#/{root}/d0"}), root: parts}


def in_a_list(reference: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": reference}, "minItems": 1}


# References lead into what else is only data: more schemas than are counted where schemas stand.
HIDDEN = {**of({"$ref": "#/const/$defs/d0"}), "const": {"$defs": chain(700, in_a_list, "const/$defs")["const/$defs"]}}
MANY = {"type": "array", "minItems": 1e308}


@pytest.mark.parametrize(
    "schema",
    [
        HIDDEN,
        chain(400, lambda reference: {"$ref": reference}),
        chain(200, lambda reference: {"not": {"$ref": reference}}),
        {**of({"$ref": "#/default"}), "default": {"properties": {str(number): {} for number in range(5000)}}},
        of({**MANY, "items": of({**MANY, "items": False}, "a")}, "a"),
    ],
    ids=["hidden lists", "references in a row", "negations in a row", "hidden members", "numbers beyond all floats"],
)
def test_a_schema_that_would_keep_a_thread_at_work_is_refused_at_once(schema: dict[str, Any]) -> None:
    began = time.process_time()
    with pytest.raises(ValidationError):
        check(schema)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("ordered", [dict, lambda parts: dict(reversed(parts.items()))])
def test_the_least_size_of_many_definitions_is_found_in_one_pass(ordered: Callable[[Any], Any]) -> None:
    schema = chain(240, in_a_list)
    schema["$defs"]["d240"] = {"enum": [*range(8000)]}
    schema["$defs"] = ordered(schema["$defs"])
    began = time.process_time()
    kept = check(schema)
    assert least_sizes(kept)[id(kept["$defs"]["d0"])] == 2 * 240 + 1
    assert time.process_time() - began < 1.0
