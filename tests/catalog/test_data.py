"""Every data file of the catalogue says what its schema allows, and what it names is there."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from service.catalog import DATA, TYPES, Catalog, Generator, Model
from service.catalog.pricing import quote, resolve_aspect_ratio
from service.catalog.prompts import render_prompt

SCHEMAS = DATA.parent / "schemas"
CATALOGUE_DAY = date(2026, 11, 21)
GENERATOR_FILES = sorted((DATA / "generators").glob("*.json"))
SCHEMA_OF = {
    **{DATA / "models" / f"{type}.json": "models" for type in TYPES},
    **dict.fromkeys(GENERATOR_FILES, "generator"),
    DATA / "plans.json": "plans",
    DATA / "thumbnail_models.json": "thumbnail_models",
}


def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


VALIDATORS = {name: _validator(name) for name in ("models", "generator", "plans", "thumbnail_models")}


def _generators(catalog: Catalog) -> tuple[Generator, ...]:
    return catalog.generators("all")


@pytest.mark.parametrize("path", SCHEMA_OF, ids=lambda path: str(path.relative_to(DATA)))
def test_each_data_file_is_valid_against_its_schema(path: Path) -> None:
    faults = VALIDATORS[SCHEMA_OF[path]].iter_errors(json.loads(path.read_text()))
    assert [f"{fault.json_path}: {fault.message[:200]}" for fault in faults] == []


def test_no_data_file_is_without_a_schema() -> None:
    assert set(DATA.rglob("*.json")) == set(SCHEMA_OF)


def _row(path: str, index: int = 0) -> Any:
    return json.loads((DATA / path).read_text())[index]


@pytest.mark.parametrize(
    ("member", "value"),
    [("id", 10001), ("credit_cost", 0), ("credit_cost", 1.5), ("shutdown", "soon"), ("unit", "second"), ("colour", 1)],
)
def test_the_schema_refuses_a_wrong_model(member: str, value: Any) -> None:
    assert not VALIDATORS["models"].is_valid([{**_row("models/text.json"), member: value}])


def test_the_schema_refuses_a_video_model_without_its_durations() -> None:
    row = _row("models/video.json")
    del row["supported_durations"]
    assert not VALIDATORS["models"].is_valid([row])


@pytest.mark.parametrize(
    "change",
    [
        {"icon": "horoscope"},
        {"parameters": []},
        {"data_schema": {"type": "object"}},
        {"type": "poem"},
        {"surprise": True},
    ],
)
def test_the_schema_refuses_a_wrong_generator(change: dict[str, Any]) -> None:
    good = json.loads(GENERATOR_FILES[0].read_text())
    assert VALIDATORS["generator"].is_valid(good)
    assert not VALIDATORS["generator"].is_valid({**good, **change})


def test_there_are_enough_models_of_every_type_and_none_is_in_another_types_file(catalog: Catalog) -> None:
    assert len(catalog.models()) >= 95
    for type in TYPES:
        rows = json.loads((DATA / "models" / f"{type}.json").read_text())
        assert {row["type"] for row in rows} == {type}
        assert [row["id"] for row in rows] == [model.id for model in catalog.models(type)]


def test_ids_and_keys_of_models_are_unique() -> None:
    rows = [row for type in TYPES for row in json.loads((DATA / "models" / f"{type}.json").read_text())]
    for member in ("id", "key", "name"):
        assert [value for value, times in Counter(row[member] for row in rows).items() if times > 1] == []


def test_no_model_is_shut_down(catalog: Catalog) -> None:
    assert [model.name for model in catalog.models() if model.shutdown and model.shutdown <= CATALOGUE_DAY] == []


# Ids that their providers have ended: docs/providers/README.md and the pages beside it.
@pytest.mark.parametrize(
    "ended", ["dall-e", "gpt-image-1", "sora", "imagen", "chatgpt-image", "gemini-2.5-flash-image", "o1-", "gpt-4-"]
)
def test_no_ended_model_family_is_offered(catalog: Catalog, ended: str) -> None:
    assert [model.id for model in catalog.models() if model.provider_model.startswith(ended)] == []


def test_each_video_model_can_make_its_default_and_its_group_points_back_at_it(catalog: Catalog) -> None:
    for model in catalog.models("video"):
        assert model.default_duration in model.supported_durations, model.name
        assert list(model.supported_durations) == sorted(model.supported_durations), model.name
        assert model.qualities[model.quality or ""] == model.id, model.name
        assert model.default_quality in model.qualities, model.name
        for quality, sibling in model.qualities.items():
            other = catalog.model(sibling)
            assert (other.quality, other.group_slug, other.qualities) == (quality, model.group_slug, model.qualities)


def test_what_a_model_requires_it_also_takes(catalog: Catalog) -> None:
    for model in catalog.models():
        takes = {"image_url": model.supports_img2img, "video_url": model.supports_video_edit}
        assert all(takes[member] for member in model.requires), model.name


def test_each_model_that_takes_references_says_how_they_reach_its_provider(catalog: Catalog) -> None:
    """Each has an endpoint or a member name of its own for each kind; a missing one would drop the picture."""
    own_names = [model for model in catalog.models() if model.provider in ("fal", "kie", "replicate")]
    for model in own_names:
        for member, most in (
            ("reference_images", model.reference_caps.images),
            ("reference_videos", model.reference_caps.videos),
            ("ending_frame_url", int(model.supports_end_frame)),
        ):
            assert not most or model.call_for({member: "x"}).inputs.get(member), (model.name, member)


def test_a_generators_file_is_named_for_its_slug() -> None:
    assert [path.stem for path in GENERATOR_FILES] == [json.loads(path.read_text())["slug"] for path in GENERATOR_FILES]


def test_similar_generators_exist_and_are_others(catalog: Catalog) -> None:
    slugs = set(catalog.generators_by_slug)
    for path in GENERATOR_FILES:
        row = json.loads(path.read_text())
        assert set(row["similar"]) <= slugs - {row["slug"]}, row["slug"]


def test_titles_of_generators_are_unique(catalog: Catalog) -> None:
    titles = Counter(generator.title for generator in _generators(catalog))
    assert [title for title, times in titles.items() if times > 1] == []


def test_each_parameter_of_a_generator_is_whole(catalog: Catalog) -> None:
    for generator in _generators(catalog):
        ids = [parameter.id for parameter in generator.parameters]
        assert len(ids) == len(set(ids)), generator.slug
        for parameter in generator.parameters:
            values = [option.value for option in parameter.options]
            assert len(values) == len(set(values)), (generator.slug, parameter.id)
            assert parameter.accept(parameter.default) == generator.defaults[parameter.id], (
                generator.slug,
                parameter.id,
            )
            assert set(parameter.cost_multipliers) <= set(values), (generator.slug, parameter.id)


def test_each_generator_offers_models_that_fit_it_and_begins_with_its_default(catalog: Catalog) -> None:
    for generator in _generators(catalog):
        default = catalog.model(generator.default_model)
        assert generator.takes(default), generator.slug
        assert generator.model_parameter is not None, generator.slug
        assert generator.defaults[generator.model_parameter] == generator.model_values[default.id], generator.slug
        assert all(generator.takes(catalog.model(model_id)) for model_id in generator.model_values), generator.slug
        assert {model.id for model in catalog.models() if generator.takes(model)} == set(generator.model_values)


def test_each_generator_counts_from_1_to_10(catalog: Catalog) -> None:
    for generator in _generators(catalog):
        assert generator.count_parameter is not None, generator.slug
        count = generator.by_id[generator.count_parameter]
        assert (count.min, count.max, count.step, count.default) == (1, 10, 1, 1), generator.slug


def test_each_ratio_a_generator_offers_is_one_its_models_make(catalog: Catalog) -> None:
    for generator in _generators(catalog):
        if generator.ratio_parameter is None:
            continue
        model: Model = catalog.model(generator.default_model)
        for option in generator.by_id[generator.ratio_parameter].options:
            ratio = resolve_aspect_ratio(model, option.value)
            assert ratio is not None
            assert ratio.ratio.replace("_", " ") in option.label.replace("Match input image", "match input image")


def test_each_prompt_template_renders_with_the_defaults_alone_and_with_every_choice(catalog: Catalog) -> None:
    """Each choice once, under strict rules: a value that a template forgot would raise here."""
    for generator in _generators(catalog):
        model = catalog.model(generator.default_model)
        bare = render_prompt(generator, {"prompt": "a lighthouse"}, quote(generator, model, {}).parameters)
        assert "a lighthouse" in bare, generator.slug
        for parameter in generator.parameters:
            for option in parameter.options:
                chosen = {**generator.defaults, parameter.id: option.value}
                assert render_prompt(generator, {"prompt": "a lighthouse"}, chosen), (generator.slug, option.value)
        if not generator.prompt_required:
            assert render_prompt(generator, {}, generator.defaults), generator.slug


def test_each_data_schema_is_a_schema_and_requires_every_member(catalog: Catalog) -> None:
    for generator in _generators(catalog):
        Draft202012Validator.check_schema(generator.data_schema)
        assert set(generator.data_schema["required"]) == set(generator.data_schema["properties"]), generator.slug
        is_text = generator.type in ("text", "vision")
        assert bool(generator.data_schema["properties"]) == is_text, generator.slug
