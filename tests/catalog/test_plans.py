"""The plans' numbers as the contract and the documents give them, and Flokan's three image models."""

import pytest

from service.catalog import Catalog

GIGABYTE = 10**9


@pytest.mark.parametrize(
    ("name", "flokan", "flixly", "parallel", "generor"),
    [
        ("free", 10, 10, 1, (30, 500, 5_000)),
        ("lite", 30, 30, 2, (60, 2_000, 20_000)),
        ("basic", 60, 60, 3, (60, 2_000, 20_000)),
        ("pro", 120, 120, 10, (120, 5_000, 50_000)),
        ("enterprise", 300, 200, 25, (300, 20_000, 200_000)),
    ],
)
def test_each_plan_has_the_contracts_limits(
    catalog: Catalog, name: str, flokan: int, flixly: int, parallel: int, generor: tuple[int, int, int]
) -> None:
    plan = catalog.plan(name)
    assert plan.limits["flokan"] == {"minute": flokan}
    assert plan.limits["flixly"] == {"minute": flixly}
    assert tuple(plan.limits["generor"][window] for window in ("minute", "hour", "day")) == generor
    assert plan.parallel_tasks == parallel


def test_own_provider_keys_come_with_basic_and_up(catalog: Catalog) -> None:
    assert {name: plan.byok for name, plan in catalog.plans.items()} == {
        "free": False,
        "lite": False,
        "basic": True,
        "pro": True,
        "enterprise": True,
    }


def test_each_plan_stores_what_the_contract_says(catalog: Catalog) -> None:
    stored = [plan.storage_bytes for plan in catalog.plans.values()]
    assert stored == [size * GIGABYTE for size in (1, 5, 20, 100, 1_000)]


def test_every_plan_has_the_thumbnail_generator_and_more_weight_than_the_one_before(catalog: Catalog) -> None:
    plans = list(catalog.plans.values())
    assert all(plan.thumbnail_generator for plan in plans)
    assert [plan.weight for plan in plans] == sorted({plan.weight for plan in plans})


def test_two_pro_thumbnails_cost_twelve_as_in_the_document(catalog: Catalog) -> None:
    assert catalog.thumbnail_model("pro").credits * 2 == 12


@pytest.mark.parametrize("image_model", ["pro", "standard", "creative"])
@pytest.mark.parametrize("provider", ["openai", "google", "fal", "kie"])
def test_each_image_model_is_there_with_each_own_key_at_that_provider(
    catalog: Catalog, image_model: str, provider: str
) -> None:
    model = catalog.thumbnail_model(image_model, provider).model
    assert (model.provider, model.type) == (provider, "image")
    assert model.supports_img2img or image_model != "pro"
    assert catalog.thumbnail_model(image_model).model.type == "image"
