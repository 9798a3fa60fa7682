"""Generators as the Generor API lists and describes them. Source: generor-api, 'Generators'."""

from collections.abc import Callable
from typing import Any

import pytest

from service.catalog import Catalog, Generator


def test_a_listed_generator_has_the_documents_members(catalog: Catalog) -> None:
    shown = catalog.generator("image").public()
    assert set(shown) == {"slug", "title", "description", "icon", "type", "status", "similar"}
    assert all(set(other) == {"slug", "title", "icon"} for other in shown["similar"])
    assert shown["similar"]


def test_a_generators_detail_adds_type_status_and_parameters(catalog: Catalog) -> None:
    shown = catalog.generator("video").detail()
    assert (shown["type"], shown["status"]) == ("video", "active")
    for parameter in shown["parameters"]:
        assert {"id", "type", "default", "cost_multipliers"} <= set(parameter)
        assert ("options" in parameter) != ("min" in parameter)


def test_a_model_dropdown_offers_every_model_that_fits_the_generators_own_first(catalog: Catalog) -> None:
    (dropdown,) = [one for one in catalog.generator("image").detail()["parameters"] if one["type"] == "model"]
    offered = [option["model_id"] for option in dropdown["options"]]
    assert offered[:2] == [10003, 10001]
    assert sorted(offered) == [model.id for model in catalog.models("image")]


def test_a_vision_generator_takes_models_that_read_pictures_only(catalog: Catalog) -> None:
    vision = catalog.generator("vision")
    assert vision.takes(catalog.model(34))
    assert not vision.takes(catalog.model_by_key("gpt-oss-120b"))
    assert not vision.takes(catalog.model(10001))


def test_only_active_generators_are_listed_unless_asked(
    generator_like: Callable[..., Generator], catalog: Catalog
) -> None:
    known = {"a": generator_like(), "b": generator_like(status="development")}
    some = Catalog({}, {}, known, {}, {})
    assert some.generators() == (known["a"],)
    assert some.generators("development") == (known["b"],)
    assert len(some.generators("all")) == 2


@pytest.mark.parametrize(
    ("parameter", "value", "accepted"),
    [
        ("zodiac-sign", "aries", "aries"),
        ("zodiac-sign", "Aries", None),
        ("zodiac-sign", None, None),
        ("zodiac-sign", ["aries"], None),
        ("zodiac-sign", True, None),
        ("model-text", 3, "3"),
        ("horoscope-count", 5, "5"),
        ("horoscope-count", "5", "5"),
        ("horoscope-count", 5.0, "5"),
        ("horoscope-count", 11, None),
        ("horoscope-count", 0, None),
        ("horoscope-count", 1.5, None),
        ("horoscope-count", "many", None),
        ("horoscope-count", "nan", None),
        ("horoscope-count", True, None),
        ("horoscope-mood", 0.75, "0.75"),
        ("horoscope-mood", 0, "0"),
        ("horoscope-mood", 0.6, None),
    ],
)
def test_a_parameter_accepts_its_own_values_only(
    horoscope: Generator, parameter: str, value: Any, accepted: str | None
) -> None:
    assert horoscope.by_id[parameter].accept(value) == accepted
