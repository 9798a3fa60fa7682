"""What is quoted is what the Generor document shows, and what a caller would reckon."""

from collections.abc import Callable
from typing import Any

import pytest

from service.catalog import Catalog, Generator
from service.catalog.pricing import Quote, discount_percent, quote, resolve_aspect_ratio, snap
from service.errors import ValidationError

DOCUMENTED = {
    "model_id": 37,
    "count": 5,
    "parameters": {"zodiac-sign": "aries", "horoscope-length": "long"},
}


def _documented(generator: Generator, catalog: Catalog) -> None:
    price = quote(generator, catalog.model(37), DOCUMENTED)
    assert price.credit_cost() == {"total": 15, "per_item": 3, "count": 5, "discount": 0, "discount_percent": 5}
    assert price.applied_parameters == {
        "zodiac-sign": "aries",
        "horoscope-length": "long",
        "model-text": "3",
        "horoscope-count": "5",
    }
    assert price.adjustments is None


def test_a_horoscope_costs_what_the_document_says(catalog: Catalog, horoscope: Generator) -> None:
    _documented(horoscope, catalog)


def test_the_horoscope_of_the_catalogue_costs_what_the_document_says(catalog: Catalog) -> None:
    _documented(catalog.generator("horoscope"), catalog)


def test_a_joke_costs_one(catalog: Catalog) -> None:
    assert quote(catalog.generator("joke"), catalog.model(37), {"prompt": "Tell me a joke"}).total == 1


def test_a_picture_by_flux_schnell_costs_six(catalog: Catalog) -> None:
    price = quote(catalog.generator("image"), catalog.model(10003), {"prompt": "A sunset", "aspect_ratio": 1})
    assert (price.total, price.count, price.discount) == (6, 1, 0)


def test_three_seconds_snap_to_five_and_cost_thirty_as_in_the_document(catalog: Catalog) -> None:
    price = quote(catalog.generator("video"), catalog.model(20061), {"seconds": 3})
    assert price.total == 30
    assert price.seconds_used == 5
    assert price.adjustments == {
        "seconds": {
            "requested": 3,
            "used": 5,
            "supported": [5, 6, 7, 8, 10, 12, 15],
            "reason": "snapped to nearest provider-supported duration",
        }
    }


@pytest.mark.parametrize(
    ("asked", "used"), [(1, 5), (5, 5), (8, 8), (9, 8), (11, 10), (13, 12), (14, 15), (15, 15), (600, 15)]
)
def test_durations_snap_to_the_nearest_and_ties_to_the_lower(asked: int, used: int) -> None:
    assert snap(asked, (5, 6, 7, 8, 10, 12, 15)) == used


def test_a_supported_duration_is_not_adjusted_and_none_is_the_default(catalog: Catalog) -> None:
    video, model = catalog.generator("video"), catalog.model(20061)
    assert quote(video, model, {"seconds": 10}).adjustments is None
    assert quote(video, model, {}).seconds_used == 8
    assert quote(video, model, {}).total == 48


def test_seconds_mean_nothing_to_a_picture(catalog: Catalog) -> None:
    price = quote(catalog.generator("image"), catalog.model(10003), {"seconds": 7})
    assert (price.seconds_used, price.adjustments, price.total) == (None, None, 6)


@pytest.mark.parametrize(("count", "percent"), [(1, 1), (2, 2), (5, 5), (10, 10), (11, 10)])
def test_a_batch_is_its_count_in_per_cent_off_and_ten_at_most(count: int, percent: int) -> None:
    assert discount_percent(count) == percent


def test_a_discount_is_rounded_down_to_whole_credits(catalog: Catalog, horoscope: Generator) -> None:
    price = quote(horoscope, catalog.model(37), {"count": 10, "parameters": {"horoscope-length": "long"}})
    assert (price.raw, price.discount, price.total) == (30, 3, 27)
    nine = quote(horoscope, catalog.model(37), {"count": 9, "parameters": {"horoscope-length": "long"}})
    assert (nine.raw, nine.discount, nine.total) == (27, 2, 25)


def test_k_of_n_items_cost_what_k_would_have_cost(catalog: Catalog, horoscope: Generator) -> None:
    price = quote(horoscope, catalog.model(37), {"count": 10, "parameters": {"horoscope-length": "long"}})
    alone = [quote(horoscope, catalog.model(37), {**DOCUMENTED, "count": made}).total for made in range(1, 11)]
    assert list(price.prices) == alone


def test_without_a_generator_there_is_no_bulk_discount(catalog: Catalog) -> None:
    price = quote(None, catalog.model_by_key("flux-dev"), {"count": 10})
    assert (price.total, price.discount, price.discount_percent) == (500, 0, 0)
    assert price.applied_parameters == {}


def test_unknown_parameters_and_values_are_dropped(catalog: Catalog, horoscope: Generator) -> None:
    sent = {"zodiac-sign": "the cat", "horoscope-length": "medium", "colour": "red", "wallart-type": "poster"}
    price = quote(horoscope, catalog.model(37), {"parameters": sent})
    assert price.applied_parameters == {"horoscope-length": "medium", "model-text": "3", "horoscope-count": "1"}
    assert price.per_item == 2


def test_defaults_are_used_but_not_shown_as_applied(catalog: Catalog, generator_like: Callable[..., Generator]) -> None:
    parameters = list(generator_like().parameters)
    rows = [
        {
            "id": "horoscope-length",
            "label": "Length",
            "type": "enum",
            "default": "long",
            "cost_multipliers": {"long": 3},
        }
        | {"options": [{"value": "long", "label": "Long"}, {"value": "short", "label": "Short"}]}
    ]
    assert parameters
    price = quote(generator_like(parameters=rows), catalog.model(37), {})
    assert price.applied_parameters == {}
    assert price.parameters == {"horoscope-length": "long"}
    assert price.total == 3


def test_another_model_shows_by_its_own_value_in_the_dropdown(catalog: Catalog, horoscope: Generator) -> None:
    price = quote(horoscope, catalog.model(34), {"parameters": {"model-text": "3"}})
    assert price.applied_parameters["model-text"] == "34"


def test_a_count_among_the_parameters_counts_unless_the_body_says_otherwise(
    catalog: Catalog, horoscope: Generator
) -> None:
    asked = {"parameters": {"horoscope-count": "4"}}
    assert quote(horoscope, catalog.model(37), asked).count == 4
    assert quote(horoscope, catalog.model(37), {**asked, "count": 2}).count == 2
    assert quote(horoscope, catalog.model(37), {**asked, "count": 2}).applied_parameters["horoscope-count"] == "2"


def test_preference_chooses_the_first_dropdown_and_preference_two_the_second(
    catalog: Catalog, horoscope: Generator
) -> None:
    price = quote(horoscope, catalog.model(37), {"preference": "aries", "preference_two": "long"})
    assert price.parameters["zodiac-sign"] == "aries"
    assert price.total == 3
    sent = quote(horoscope, catalog.model(37), {"preference": "aries", "parameters": {"zodiac-sign": "taurus"}})
    assert sent.parameters["zodiac-sign"] == "taurus"


def test_a_broken_multiple_does_not_cost_a_credit_more(
    catalog: Catalog, generator_like: Callable[..., Generator]
) -> None:
    row = {"id": "quality", "label": "Quality", "type": "enum", "default": "fine", "cost_multipliers": {"fine": 1.1}}
    row |= {"options": [{"value": "fine", "label": "Fine"}, {"value": "draft", "label": "Draft"}]}
    generator = generator_like(type="image", parameters=[row], default_model=10001)
    assert quote(generator, catalog.model(10001), {}).per_item == 88
    assert quote(generator, catalog.model(10003), {}).per_item == 7


def test_nothing_is_free(catalog: Catalog, generator_like: Callable[..., Generator]) -> None:
    row = {"id": "size", "label": "Size", "type": "enum", "default": "s", "cost_multipliers": {"s": 0.001}}
    row |= {"options": [{"value": "s", "label": "S"}, {"value": "l", "label": "L"}]}
    assert quote(generator_like(parameters=[row]), catalog.model(37), {}).total == 1


def _audio(catalog: Catalog, key: str, **body: Any) -> Quote:
    return quote(catalog.generator("video"), catalog.model_by_key(key), {"seconds": 8, **body})


def test_native_audio_costs_its_multiple_where_the_model_has_it(catalog: Catalog) -> None:
    silent, sounding = _audio(catalog, "veo-3-1"), _audio(catalog, "veo-3-1", generate_audio=True)
    assert (silent.raw, sounding.raw) == (64, 128)
    assert (silent.generate_audio, sounding.generate_audio) == (False, True)


def test_native_audio_is_ignored_where_the_model_bakes_it_in(catalog: Catalog) -> None:
    asked = _audio(catalog, "kling-v3", generate_audio=True)
    assert asked.total == _audio(catalog, "kling-v3").total
    assert not asked.generate_audio


def test_a_model_of_another_type_is_refused_at_model_id(catalog: Catalog) -> None:
    with pytest.raises(ValidationError) as refused:
        quote(catalog.generator("image"), catalog.model(37), {})
    assert refused.value.errors[0].pointer == "/model_id"


@pytest.mark.parametrize(
    ("value", "ratio", "size"),
    [
        (1, "1:1", (1024, 1024)),
        ("square", "1:1", (1024, 1024)),
        (2, "3:4", (864, 1152)),
        ("Vertical", "3:4", (864, 1152)),
        ("4:3", "4:3", (1152, 864)),
        ("4", "16:9", (1280, 720)),
        ("tall", "9:16", (720, 1280)),
        (6, "match_input_image", (None, None)),
        (None, "1:1", (1024, 1024)),
    ],
)
def test_picture_ratios_go_by_number_ratio_and_name(catalog: Catalog, value: Any, ratio: str, size: Any) -> None:
    found = resolve_aspect_ratio(catalog.model(10003), value)
    assert found is not None
    assert (found.ratio, (found.width, found.height)) == (ratio, size)


@pytest.mark.parametrize(
    ("model_id", "value", "size"),
    [
        (20061, 1, (1280, 720)),
        (20061, 2, (720, 1280)),
        (20062, "wide", (1920, 1080)),
        (20060, "9:16", (480, 854)),
        (20060, None, (854, 480)),
    ],
)
def test_film_ratios_have_their_own_numbers_and_the_models_quality(
    catalog: Catalog, model_id: int, value: Any, size: tuple[int, int]
) -> None:
    found = resolve_aspect_ratio(catalog.model(model_id), value)
    assert found is not None
    assert (found.width, found.height) == size


@pytest.mark.parametrize(
    ("model_id", "value"), [(10003, 7), (10003, "21:9"), (20061, 3), (20061, "1:1"), (10003, True)]
)
def test_an_unknown_ratio_is_refused_with_those_that_would_do(catalog: Catalog, model_id: int, value: Any) -> None:
    with pytest.raises(ValidationError, match="16:9") as refused:
        resolve_aspect_ratio(catalog.model(model_id), value)
    assert refused.value.errors[0].pointer == "/aspect_ratio"


def test_models_without_pictures_have_no_ratio_and_those_with_one_keep_it(catalog: Catalog) -> None:
    assert resolve_aspect_ratio(catalog.model(37), "16:9") is None
    only = resolve_aspect_ratio(catalog.model_by_key("hailuo-2-3-pro"), "9:16")
    assert only is not None
    assert only.ratio == "16:9"


def test_the_dropdowns_ratio_is_made_unless_the_body_says_otherwise(catalog: Catalog) -> None:
    wallart, model = catalog.generator("wallart"), catalog.model(10003)
    chosen = {"parameters": {"image-aspect-ratio": "2"}}
    ratios = [quote(wallart, model, body).aspect_ratio for body in ({}, chosen, {**chosen, "aspect_ratio": "tall"})]
    assert [ratio and ratio.ratio for ratio in ratios] == ["16:9", "3:4", "9:16"]


@pytest.mark.parametrize(
    ("model", "body", "shown"),
    [
        ("flux-schnell", {"aspect_ratio": "tall"}, "5"),
        ("flux-schnell", {"aspect_ratio": "tall", "parameters": {"image-aspect-ratio": "2"}}, "5"),
        ("flux-schnell", {"parameters": {"image-aspect-ratio": "2"}}, "2"),
        ("flux-schnell", {}, None),
    ],
)
def test_the_ratio_that_is_made_is_the_one_shown_as_applied(
    catalog: Catalog, model: str, body: dict[str, Any], shown: str | None
) -> None:
    price = quote(catalog.generator("image"), catalog.model_by_key(model), body)
    assert price.applied_parameters.get("image-aspect-ratio") == shown
    assert price.aspect_ratio is not None
    assert price.parameters["image-aspect-ratio"] == str(price.aspect_ratio.id)


def test_a_dropdown_that_matches_a_picture_nobody_sent_is_left_at_its_default(catalog: Catalog) -> None:
    wallart, model = catalog.generator("wallart"), catalog.model(10003)
    sent = {"parameters": {"image-aspect-ratio": "6"}}
    without, matched = (quote(wallart, model, {**sent, **more}) for more in ({}, {"image_url": "https://e.com/a.png"}))
    assert [price.applied_parameters["image-aspect-ratio"] for price in (without, matched)] == ["4", "6"]
    assert [price.aspect_ratio and price.aspect_ratio.ratio for price in (without, matched)] == [
        "16:9",
        "match_input_image",
    ]


def test_a_model_of_one_ratio_shows_that_one_as_applied(catalog: Catalog) -> None:
    body = {"parameters": {"video-aspect-ratio": "2"}}
    price = quote(catalog.generator("video"), catalog.model_by_key("hailuo-2-3-pro"), body)
    assert price.applied_parameters["video-aspect-ratio"] == "1"


def test_the_documents_wall_art_is_priced_and_shown(catalog: Catalog) -> None:
    sent = {"wallart-type": "framed-print", "wallart-orientation": "landscape", "image-aspect-ratio": "4"}
    price = quote(
        catalog.generator("wallart"), catalog.model(10003), {"prompt": "Calm mountain lake", "parameters": sent}
    )
    assert price.applied_parameters == {**sent, "model-image": "1", "wallart-count": "1"}
