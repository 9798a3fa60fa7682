"""Added servers by their kind: one module each, found by its name, for any number of named servers."""

import importlib
import pkgutil
from functools import cache

from service.errors import ProviderError
from service.net.guard import Guard
from service.providers.base import Access, Provider, class_in
from service.sandbox.pool import EnginePool


@cache
def kinds() -> tuple[str, ...]:
    """Every kind of server that can be added."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg))


@cache
def get(kind: str) -> type[Provider]:
    """The provider for servers of this kind, not opened. Raises ProviderError."""
    if kind not in kinds():
        raise ProviderError(f"There is no kind of server {kind!r} here.")
    module = importlib.import_module(f"{__name__}.{kind}")
    return class_in(module, kind)


def open(kind: str, name: str, access: Access, guard: Guard, engines: EnginePool | None = None) -> Provider:
    """The server called `name`, ready to be asked. Raises ProviderError."""
    provider = get(kind)(access, guard, name)  # type: ignore[call-arg]
    provider.engines = engines
    return provider
