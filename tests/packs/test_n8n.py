"""The n8n pack in packs/n8n/: made from the definitions, and no older than they are."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from service.definitions import Definitions
from service.packs import building, n8n
from service.packs.n8n import fields, operations
from tests.support.definitions import built_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return built_in()


@pytest.fixture(scope="module")
def shown(definitions):
    return operations.shown(definitions)


def property_of(definitions, action_id, name):
    return fields.prop(definitions.action(action_id), name)


def test_the_committed_pack_is_what_the_definitions_make(definitions):
    differing = building.stale(building.FOLDER / "n8n", n8n.build(definitions))
    assert differing == [], "run `python -m service packs build`"


def test_a_new_definition_appears_with_nothing_edited_by_hand(definitions):
    joke = definitions.action("generor.generators.get")
    added = replace(joke, id="generor.puzzles.solve", resource="puzzles", operation="solve", title="Solve a puzzle")
    grown = replace(definitions, actions={**definitions.actions, added.id: added})
    made = n8n.build(grown)
    assert b"'generor_puzzles.solve': {" in made["nodes/Genhook/generated/actions.ts"]
    assert b"Solve a Puzzle" in made["nodes/Genhook/generated/properties.ts"]


def test_every_action_is_an_operation_and_every_generate_can_be_estimated(definitions, shown):
    assert {operation.action.id for operation in shown} == set(definitions.actions)
    estimable = {operation.action.id for operation in shown if operation.estimating}
    estimable |= {action.id for action in definitions.actions.values() if action.run.get("estimate")}
    assert estimable == {action.id for action in definitions.actions.values() if action.kind == "generate"}


def test_an_estimate_has_the_fields_of_what_it_estimates(shown):
    by_id = {(operation.action.id, operation.estimating): operation for operation in shown}
    estimate, generate = by_id["flokan.thumbnails.generate", True], by_id["flokan.thumbnails.generate", False]
    assert estimate.inputs == generate.inputs


def test_no_operation_shares_its_name_with_another_of_its_resource(shown):
    named = [(operation.resource, operation.value) for operation in shown]
    assert len(named) == len(set(named))


def test_options_stand_in_the_order_of_the_schema(definitions):
    sizes = definitions.action("flokan.thumbnails.generate").input_schema["properties"]["image_model"]["enum"]
    options = property_of(definitions, "flokan.thumbnails.generate", "image_model")["options"]
    assert [option["value"] for option in options] == sizes


def test_long_lists_of_options_keep_the_schemas_order_in_the_source(definitions):
    text = n8n.build(definitions)["nodes/Genhook/generated/properties.ts"].decode()
    kinds = definitions.action("flixly.media.generate").input_schema["properties"]["type"]["enum"]
    named = text[: text.index("export const")]
    assert re.findall(r"value: '([A-Z_]+)'", named)[: len(kinds)] == kinds


def test_a_field_that_hangs_on_another_is_shown_only_where_it_applies(shown):
    (generate,) = [each for each in shown if each.action.id == "flixly.media.generate" and not each.estimating]
    own = {part["name"]: part for part in operations.own(generate)}
    added = {part["name"]: part for part in own[operations.MORE]["options"]}
    assert own["voice"]["displayOptions"]["show"]["type"] == ["TEXT_TO_SPEECH"]
    assert "TEXT_TO_VIDEO" in added["duration"]["displayOptions"]["show"]["/type"]


def test_dynamic_lists_are_searched_and_dynamic_fields_mapped(definitions):
    slug = property_of(definitions, "generor.generators.generate", "slug")
    parameters = property_of(definitions, "generor.generators.generate", "parameters")
    assert slug["modes"][0]["typeOptions"]["searchListMethod"] == "search_slug"
    assert parameters["typeOptions"]["resourceMapper"]["resourceMapperMethod"] == "fields_parameters"
    assert parameters["typeOptions"]["loadOptionsDependsOn"] == ["slug.value"]


def test_bounds_and_defaults_are_the_schemas(definitions):
    count = property_of(definitions, "generor.generators.generate", "count")
    assert count["typeOptions"] == {"minValue": 1, "maxValue": 10}
    assert property_of(definitions, "flokan.thumbnails.generate", "provider")["default"] == "platform"


def test_paging_and_streaming_are_no_fields(shown):
    for operation in shown:
        assert not {"page", "per_page", "page_token", "stream"} & set(operation.inputs)


def test_what_a_media_field_takes_is_said(definitions):
    image = property_of(definitions, "generor.generators.generate", "image_url")
    assert "input binary field" in image["description"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The order.", "The order"),
        ("a key. It is shown once.", "A key. It is shown once."),
        ("the id of a url", "The ID of a URL"),
    ],
)
def test_descriptions_are_punctuated_as_n8ns_linter_wants(text, wanted):
    assert fields.sentence(text) == wanted


def test_the_package_has_no_runtime_dependency():
    package = json.loads((building.FOLDER / "n8n" / "package.json").read_text())
    assert "dependencies" not in package
    assert package["peerDependencies"] == {"n8n-workflow": "*"}


def test_what_others_hang_on_is_read_before_them(definitions, shown):
    for facts in operations.facts(shown).values():
        read = list(facts["fields"])
        for name, field in facts["fields"].items():
            if "when" in field:
                assert read.index(field["when"]["field"]) < read.index(name)
