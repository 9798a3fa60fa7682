"""No provider without its suite, and none that is not found by its name alone."""

import importlib
from pathlib import Path

import pytest

from service import providers
from service.catalog import load
from service.config import PROVIDERS, ROOT
from service.errors import ProviderError
from service.providers.base import MEDIA, Access
from tests.providers.conformance import Conformance

REAL = sorted(name for name in providers.names() if providers.get(name).paid)


@pytest.mark.parametrize("name", REAL)
def test_every_provider_passes_the_suite_for_each_media_it_declares(name: str) -> None:
    module = importlib.import_module(f"tests.providers.test_{name}")
    suites = [
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Conformance) and member is not Conformance
    ]
    assert len(suites) == 1
    assert suites[0].fake_class.name == name
    assert set(suites[0].tasks) == set(providers.get(name).media) <= set(MEDIA)


def test_a_provider_is_found_by_its_name_and_opened_with_a_key() -> None:
    provider = providers.open("fal", Access("key"))
    assert provider.name == "fal"
    assert "local" in providers.names()


def test_what_is_shared_by_providers_is_none() -> None:
    with pytest.raises(ProviderError, match="no provider 'http'"):
        providers.get("http")


def test_every_provider_is_a_module_that_settings_know_by_name() -> None:
    assert sorted(PROVIDERS) == REAL
    assert [name for name in REAL if not providers.get(name).title or not providers.get(name).hosts] == []


def test_every_model_is_of_a_provider_that_is_there() -> None:
    assert {model.provider for model in load().models()} <= set(PROVIDERS)


def test_no_schema_or_module_lists_the_providers() -> None:
    listing = [path for folder in ("schemas", "service") for path in (ROOT / folder).rglob("*") if _lists(path)]
    assert listing == []


def _lists(path: Path) -> bool:
    """Tell whether one line of the file names every provider, quoted."""
    if path.suffix not in (".py", ".json"):
        return False
    return any(all(f'"{name}"' in line for name in REAL) for line in path.read_text("utf-8").splitlines())
