"""Providers by name. One module each; a new one is found by its name, nothing is listed here."""

import importlib
import pkgutil
from functools import cache

from service.errors import ProviderError
from service.providers.base import Provider

_NOT_PROVIDERS = {"base", "youtube"}


@cache
def get(name: str) -> Provider:
    """The provider of that name. Raises ProviderError where this deploy has none."""
    if name not in names():
        raise ProviderError(f"There is no provider {name!r} here.")
    module = importlib.import_module(f"{__name__}.{name}")
    return next(
        member()
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Provider) and getattr(member, "name", None) == name
    )


@cache
def names() -> frozenset[str]:
    """Every provider that this deploy has."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__)) - _NOT_PROVIDERS
