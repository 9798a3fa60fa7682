"""Providers by name. One module each; a new one is found by its name, nothing is listed here.

The embedded engine's module is `sandbox`; its name, in stored orders and in answers, is `local`.
"""

import importlib
import pkgutil
from functools import cache

from service.errors import ProviderError
from service.net.guard import Guard
from service.providers.base import Access, Provider
from service.sandbox.pool import EnginePool

_MODULES = {"local": "sandbox"}
_SHARED = {
    "base",
    "completions",
    "conversation",
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
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, name)}")
    return next(
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Provider) and getattr(member, "name", None) == name
    )


def open(name: str, access: Access, guard: Guard | None = None, engines: EnginePool | None = None) -> Provider:
    """Return the provider, ready to be asked with that key. Raises ProviderError where this deploy has none."""
    provider = get(name)(access, guard or Guard())
    provider.engines = engines
    return provider


@cache
def names() -> frozenset[str]:
    """Every provider that this deploy has."""
    named = {module: name for name, module in _MODULES.items()}
    return frozenset(
        named.get(module.name, module.name) for module in pkgutil.iter_modules(__path__) if module.name not in _SHARED
    )
