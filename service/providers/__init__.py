"""Providers by name. One module each; a new one is found by its name, nothing is listed here."""

import importlib
import pkgutil
from functools import cache

from service.errors import ProviderError
from service.net.guard import Guard
from service.providers.base import Access, Provider

_SHARED = {
    "base",
    "completions",
    "encoding",
    "faults",
    "http",
    "inputs",
    "prices",
    "results",
    "signatures",
    "structured",
    "youtube",
}


@cache
def get(name: str) -> type[Provider]:
    """The provider of that name, its `media` and all, not opened. Raises ProviderError where this deploy has none."""
    if name not in names():
        raise ProviderError(f"There is no provider {name!r} here.")
    module = importlib.import_module(f"{__name__}.{name}")
    return next(
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Provider) and getattr(member, "name", None) == name
    )


def open(name: str, access: Access, guard: Guard | None = None) -> Provider:
    """The provider, ready to be asked with that key. Raises ProviderError where this deploy has none."""
    return get(name)(access, guard or Guard())


@cache
def names() -> frozenset[str]:
    """Every provider that this deploy has."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__)) - _SHARED
