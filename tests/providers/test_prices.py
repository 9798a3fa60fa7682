"""Costs of tokens are told where all of their prices are known, and nowhere else."""

import pytest

from service.catalog import load
from service.providers import prices
from service.providers.prices import dollars


def test_tokens_have_the_price_of_their_kind() -> None:
    assert dollars("openai", "gpt-image-2", {"text_input": 1_000_000, "image_output": 100_000}) == pytest.approx(8)


@pytest.mark.parametrize(
    ("model", "tokens"), [("no-such-model", {"text_input": 1}), ("gpt-image-2", {"audio": 1}), ("gpt-image-2", {})]
)
def test_what_has_no_price_has_no_cost(model: str, tokens: dict[str, int]) -> None:
    assert dollars("openai", model, tokens) is None


@pytest.mark.parametrize(
    ("provider", "model", "kind", "price"),
    [
        ("openai", "gpt-image-2.5-flare", "image_output", 30),
        ("openai", "gpt-image-2.6-sunburst", "image_input", 8),
        ("google", "gemini-3.1-flash-lite-image", "input", 0.25),
        ("google", "gemini-omni-1.2-flash", "video_output", 12),
    ],
)
def test_a_million_tokens_cost_what_the_provider_asks(provider: str, model: str, kind: str, price: float) -> None:
    assert dollars(provider, model, {kind: 1_000_000}) == pytest.approx(price)


def test_prices_are_of_models_that_the_catalogue_has() -> None:
    offered = {(model.provider, model.provider_model) for model in load().models()}
    assert {(name, model) for name, priced in prices._prices().items() for model in priced} <= offered
