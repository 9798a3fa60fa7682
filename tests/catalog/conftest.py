"""The real catalogue, and a horoscope generator as the Generor document describes it."""

from collections.abc import Callable
from typing import Any

import pytest

from service.catalog import Catalog, Generator, load
from service.catalog.generators import read_generators


def _enum(name: str, values: list[str], **multipliers: float) -> dict[str, Any]:
    options = [{"value": value, "label": value.title()} for value in values]
    return {
        "id": name,
        "label": name,
        "type": "enum",
        "options": options,
        "default": values[0],
        "cost_multipliers": multipliers,
    }


HOROSCOPE = {
    "slug": "horoscope",
    "title": "Horoscope",
    "description": "What the stars say.",
    "icon": "🔮",
    "similar": [],
    "type": "text",
    "status": "active",
    "parameters": [
        _enum("zodiac-sign", ["taurus", "aries"]),
        _enum("horoscope-length", ["short", "medium", "long"], short=1, medium=2, long=3),
        {
            "id": "model-text",
            "label": "Model",
            "type": "model",
            "options": [{"value": "3", "label": "Gemini 3.5 Flash", "model_id": 37}],
            "default": "3",
        },
        {"id": "horoscope-mood", "label": "Mood", "type": "number", "min": 0, "max": 1, "step": 0.25, "default": 0.5},
        {"id": "horoscope-count", "label": "Count", "type": "number", "min": 1, "max": 10, "step": 1, "default": 1},
    ],
    "prompt_template": "A {{ parameters['horoscope-length'] }} horoscope. {{ prompt }} {{ user_text }}",
    "data_schema": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
    "default_model": 37,
}


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The service's own catalogue."""
    return load()


@pytest.fixture(scope="session")
def horoscope(catalog: Catalog) -> Generator:
    """A generator with two dropdowns, one of them priced, a number, a model and a count."""
    return read_generators([HOROSCOPE], catalog.models())["horoscope"]


@pytest.fixture(scope="session")
def generator_like(catalog: Catalog) -> Callable[..., Generator]:
    """The horoscope generator with members of its row replaced."""

    def make(**changed: Any) -> Generator:
        return read_generators([{**HOROSCOPE, **changed}], catalog.models())["horoscope"]

    return make
