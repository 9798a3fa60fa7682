"""How long it will take, from the last generations. Source: generor-api, `time_estimate`."""

from service.catalog import Catalog
from service.catalog.timing import estimate_time


def test_the_documents_time_estimate(catalog: Catalog) -> None:
    samples = [8.2, 9, 9.5, 10, 10, 10, 10, 10.3, 9, 13.6]
    assert estimate_time(samples, catalog.model(37), 5) == {
        "seconds": 50,
        "per_item": 10,
        "min_seconds": 8,
        "max_seconds": 14,
        "sample_count": 10,
        "has_historical": True,
        "source": "historical",
    }


def test_below_three_samples_the_models_typical_time_stands_in(catalog: Catalog) -> None:
    model = catalog.model(20061)
    assert estimate_time([400, 500], model, 2) == {
        "seconds": 120,
        "per_item": 60,
        "min_seconds": 60,
        "max_seconds": 60,
        "sample_count": 2,
        "has_historical": False,
        "source": "fallback",
    }
    assert estimate_time([], model, 1)["seconds"] == 60


def test_three_samples_are_enough_and_the_eleventh_is_too_old(catalog: Catalog) -> None:
    assert estimate_time([4, 5, 6], catalog.model(37), 1)["per_item"] == 5
    aged = estimate_time([2.0] * 10 + [900.0], catalog.model(37), 1)
    assert (aged["per_item"], aged["max_seconds"], aged["sample_count"]) == (2, 2, 10)


def test_an_instant_generation_still_takes_a_second(catalog: Catalog) -> None:
    block = estimate_time([0.01, 0.02, 0.03], catalog.model(37), 4)
    assert (block["seconds"], block["per_item"], block["min_seconds"], block["max_seconds"]) == (4, 1, 0, 1)
