"""docs/providers.md is what the modules and the catalogue say today."""

from pathlib import Path

from service import providers
from service.catalog import load
from service.describe.providers import build

DOCUMENT = Path(__file__).parents[2] / "docs" / "providers.md"


def test_the_document_is_not_stale() -> None:
    stale = "run: python -m service docs providers --output docs/providers.md"
    assert DOCUMENT.read_text("utf-8") == build(load()), stale


def test_what_no_provider_has_published_is_marked_as_assumed() -> None:
    assumed = [model for model in load().models() if "credit_cost" in model.assumed]
    assert assumed
    for model in assumed:
        assert f"| {model.credit_cost} (assumed) |" in build(load())


def test_every_provider_and_every_model_has_its_line() -> None:
    text = build(load())
    for name in providers.names():
        if providers.get(name).paid:
            assert f"`{name.upper()}_API_KEY`" in text
    for model in load().models():
        if model.provider in providers.names():
            assert f"(`{model.key}`) | {model.id} |" in text
