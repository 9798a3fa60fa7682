"""What Zapier's own validator accepts in silence, and what is made of each kind of input.

See zapier-platform-schema 19.1.0.
"""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.config import Settings
from service.definitions import Action, Definitions, load
from service.definitions.schemas import DefinitionError
from service.definitions.validation import Validator
from service.describe import run_schemas
from service.packs.zapier import build, fields, steps
from tests.support.definitions import built_in
from tests.web.test_added_operation import DEFINITION, INPUT, OUTPUT

EVERY = ("creates", "searches", "triggers")


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    """The definitions that are shipped."""
    return built_in()


@pytest.fixture(scope="module")
def app(definitions: Definitions) -> dict[str, dict[str, Any]]:
    """Creates, searches and triggers by key."""
    made: dict[str, dict[str, Any]] = {kind: {} for kind in EVERY}
    for path, content in build(definitions).items():
        folder, _, name = path.removeprefix("generated/").rpartition("/")
        if folder in made:
            made[folder][name.removesuffix(".json")] = json.loads(content)
    return made


@pytest.fixture
def changed(tmp_path: Path, definitions: Definitions) -> Any:
    """Makes an action like one that is shipped, with members of its input schema or fields changed."""

    def make(properties: dict[str, Any], hints: dict[str, Any] | None = None, kind: str = "write") -> Action:
        like = definitions.action("generor.creations.update")
        schema = {"type": "object", "properties": properties, "required": []}
        return replace(like, kind=kind, input_schema=schema, ui={"order": list(properties), "fields": hints or {}})

    return make


def test_every_action_is_a_step_of_its_kind(app: dict[str, dict[str, Any]], definitions: Definitions) -> None:
    for action in definitions.actions.values():
        folder = "creates" if action.kind in ("generate", "write") else "searches"
        assert steps.key(action) in app[folder], action.id
    estimates = {
        "flixly_chat_complete_estimate",
        "flixly_media_generate_estimate",
        "flokan_thumbnails_generate_estimate",
    }
    assert estimates <= app["searches"].keys(), "what has no estimate of its own gets one"
    assert len(app["creates"]) + len(app["searches"]) == len(definitions.actions) + len(estimates)
    assert {"run_completed", "run_failed"} <= app["triggers"].keys()


def test_every_step_has_a_sample_a_label_and_sentences(app: dict[str, dict[str, Any]]) -> None:
    for folder in EVERY:
        for key, step in app[folder].items():
            assert step["key"] == key
            assert re.fullmatch(r"[a-zA-Z]\w+", key)
            assert 2 <= len(step["display"]["label"]) <= 64
            assert step["display"]["description"].endswith(".")
            assert step["operation"]["sample"], key
        labels = [step["display"]["label"] for step in app[folder].values() if not step["display"].get("hidden")]
        assert len(labels) == len(set(labels)), folder


def test_every_dropdown_names_a_trigger_that_is_there_and_members_that_it_gives(
    app: dict[str, dict[str, Any]], definitions: Definitions
) -> None:
    steps = [step for folder in ("creates", "searches") for step in app[folder].values()]
    fields = [field for step in steps for field in step["operation"]["inputFields"]]
    known = json.loads(build(definitions)["generated/genhook.json"])["actions"].values()
    fields += [one["field"] for action in known for one in action["conditional"]]
    named = set()
    for field in fields:
        if "dynamic" in field:
            trigger, value, label = field["dynamic"].split(".")
            assert {value, label} <= app["triggers"][trigger]["operation"]["sample"].keys()
            assert app["triggers"][trigger]["display"]["hidden"]
            named.add(trigger)
    assert named == {key for key in app["triggers"] if key.startswith("options_")}


def test_every_field_has_a_label_and_every_choice_its_sample(app: dict[str, dict[str, Any]]) -> None:
    for folder in EVERY:
        for key, step in app[folder].items():
            for field in step["operation"].get("inputFields", []):
                assert field["label"], (key, field)
                assert field.get("default") != "", (key, field)
                for choice in field.get("choices", []):
                    assert choice.keys() == {"value", "sample", "label"}
                    assert all(isinstance(part, str) and part for part in choice.values())


def test_a_streamed_answer_is_not_asked_for(app: dict[str, dict[str, Any]]) -> None:
    shown = {field["key"] for field in app["creates"]["flixly_chat_complete"]["operation"]["inputFields"]}
    assert "messages" in shown
    assert "stream" not in shown


def test_only_generates_take_a_limit_of_credits_and_all_creates_a_deduplication_key(
    app: dict[str, dict[str, Any]], definitions: Definitions
) -> None:
    for action in definitions.actions.values():
        if action.kind in ("generate", "write"):
            shown = {field["key"] for field in app["creates"][steps.key(action)]["operation"]["inputFields"]}
            assert "run_deduplication_key" in shown
            assert ("run_max_credits" in shown) == ("run_connection" in shown) == (action.kind == "generate")


def test_fields_that_few_fill_in_come_last_and_together(app: dict[str, dict[str, Any]]) -> None:
    for folder in ("creates", "searches"):
        for key, step in app[folder].items():
            groups = [field.get("group", "") for field in step["operation"]["inputFields"]]
            assert groups == sorted(groups), key
            assert not any(field.get("group") and field["required"] for field in step["operation"]["inputFields"])
    operation = app["creates"]["generor_generators_generate"]["operation"]
    assert operation["inputFieldGroups"] == [{"key": "advanced", "label": "Advanced", "emphasize": False}]
    shown = [field["key"] for field in operation["inputFields"] if "group" not in field]
    assert shown[:3] == ["slug", "prompt", "model_id"]
    assert shown[-1] == "run_max_credits"


def test_a_generate_runs_here_or_at_its_own_original(app: dict[str, dict[str, Any]]) -> None:
    for key, api in (("flokan_thumbnails_generate", "flokan"), ("flixly_media_generate", "flixly")):
        fields = {field["key"]: field for field in app["creates"][key]["operation"]["inputFields"]}
        assert [choice["value"] for choice in fields["run_connection"]["choices"]] == ["local", api]


def test_samples_are_what_the_service_answers(app: dict[str, dict[str, Any]], definitions: Definitions) -> None:
    for action in definitions.actions.values():
        if action.kind == "generate":
            whole = dict(app["creates"][steps.key(action)]["operation"]["sample"])
            files = whole.pop("files")
            schema = run_schemas.run(action.output_schema, run_schemas.parts().__getitem__)
            Validator(schema).check(whole)
            assert sorted(whole) == schema["required"]
            assert all(file.keys() == {"media", "url", "file"} for file in files)


@pytest.mark.parametrize(
    ("schema", "hint", "expected"),
    [
        ({"type": "string"}, {"widget": "textarea"}, {"type": "text"}),
        ({"type": "string"}, {"widget": "password"}, {"type": "password"}),
        ({"type": "string", "format": "date-time"}, {}, {"type": "datetime"}),
        (
            {"type": "string", "format": "uri"},
            {"media": "image"},
            {"type": "file", "helpText": "A file of an earlier step, or its URL."},
        ),
        ({"type": "string"}, {"advanced": True}, {"type": "string", "group": "advanced"}),
        ({"type": ["integer", "null"]}, {}, {"type": "integer"}),
        ({"type": "boolean", "default": False}, {}, {"type": "boolean", "default": "false"}),
        ({"type": ["string", "integer"]}, {"as": "string"}, {"type": "string"}),
        ({"type": "array", "items": {"type": "number"}}, {}, {"type": "number", "list": True}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {}, {"dict": True}),
        (
            {"enum": [0, 1]},
            {},
            {
                "type": "string",
                "choices": [
                    {"value": "0", "sample": "0", "label": "0"},
                    {"value": "1", "sample": "1", "label": "1"},
                ],
            },
        ),
        (
            {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            {"placeholder": "nothing"},
            {"children": [{"key": "name", "label": "Name", "required": False, "type": "string"}]},
        ),
        (
            {"type": ["object", "null"], "properties": {"deep": {"type": "object"}}},
            {},
            {"type": "json", "schema": {"type": "object", "properties": {"deep": {"type": "object"}}}},
        ),
    ],
)
def test_an_input_becomes_the_field_that_fits_it(
    changed: Any, schema: dict[str, Any], hint: dict[str, Any], expected: dict[str, Any]
) -> None:
    field = fields.field(changed({"thing": schema}, {"thing": hint}), "thing")
    assert field == {"key": "thing", "label": "Thing", "required": False, **expected}


def test_what_zapier_hands_over_as_text_is_read_back_by_the_schemas_types() -> None:
    assert fields.shape({"enum": [0, 1]}) == {"type": "integer"}
    assert fields.shape({"type": ["string", "array"], "items": {"type": "string"}}, "string") == {"type": "string"}
    assert fields.shape({"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}}) == {
        "type": "array",
        "items": {"type": "object", "properties": {"n": {"type": "integer"}}},
    }


def test_an_input_that_takes_a_name_of_the_apps_own_is_refused(changed: Any) -> None:
    with pytest.raises(DefinitionError, match="run_max_credits"):
        steps.create(changed({"run_max_credits": {"type": "integer"}}))


def test_a_new_definition_is_a_step_with_nothing_edited_by_hand(tmp_path: Path) -> None:
    shutil.copytree(Settings().definitions_dir, tmp_path / "definitions")
    shutil.copytree(Settings().schemas_dir, tmp_path / "schemas")
    (tmp_path / "definitions/generor/weather.tell.json").write_text(json.dumps(DEFINITION))
    (tmp_path / "schemas/generor/weather.request.json").write_text(json.dumps(INPUT))
    (tmp_path / "schemas/generor/weather.response.json").write_text(json.dumps(OUTPUT))
    step = json.loads(
        build(load(tmp_path / "definitions", tmp_path / "schemas"))["generated/searches/generor_weather_tell.json"]
    )
    assert step["display"]["label"] == "Tell the Weather (Generor)"
    assert step["operation"]["sample"] == {"town": "ulm", "weather": "sunny"}
    assert [field["key"] for field in step["operation"]["inputFields"]] == ["town"]
