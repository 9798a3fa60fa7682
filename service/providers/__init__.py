"""Providers by name: one module each in `adapters`, found by its name and listed nowhere.

The embedded engine's module is `sandbox`; its name, in stored orders and in answers, is `local`.
"""

import importlib
from functools import cache

from service.config import PROVIDERS
from service.errors import ProviderError
from service.net.guard import Guard
from service.providers.base import Access, Provider, class_in
from service.sandbox.pool import EnginePool

_EMBEDDED = "local"


@cache
def get(name: str) -> type[Provider]:
    """Return the provider of that name, its `media` and all, not opened. Raises ProviderError where there is none."""
    if name not in names():
        raise ProviderError(f"There is no provider {name!r} here.")
    module = importlib.import_module(f"{__name__}.{'sandbox' if name == _EMBEDDED else f'adapters.{name}'}")
    return class_in(module, name)


def open(name: str, access: Access, guard: Guard | None = None, engines: EnginePool | None = None) -> Provider:
    """Return the provider, ready to be asked with that key. Raises ProviderError where this deploy has none."""
    provider = get(name)(access, guard or Guard())
    provider.engines = engines
    return provider


@cache
def names() -> frozenset[str]:
    """Return the names of every provider that this deploy has."""
    return frozenset({_EMBEDDED, *PROVIDERS})
