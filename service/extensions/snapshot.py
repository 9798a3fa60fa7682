"""Everything that callers are offered at one moment, as one value: what is built in, and what the operator added."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import structlog

from service import catalog as built_in
from service.catalog import Catalog
from service.definitions import Definitions
from service.errors import ServiceError
from service.extensions import kinds
from service.extensions.book import Extension
from service.extensions.kinds import Parts

log = structlog.get_logger("extensions")


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The definitions and the catalogue as of one revision. Swapped whole, never changed."""

    revision: int
    definitions: Definitions
    catalog: Catalog


def build(base: Definitions, revision: int, added: Iterable[Extension], ids: Mapping[tuple[str, str], int]) -> Snapshot:
    """Add every extension to what is built in; one that can't be read is left out, and logged."""
    parts = [found for extension in added if (found := _parts(extension, ids)) is not None]
    return Snapshot(revision, merged(base, parts), offered(parts))


def parts_of(extension: Extension, ids: Mapping[tuple[str, str], int]) -> Parts:
    """Everything that the extension adds. Raises ValidationError, KeyError, TypeError, ValueError."""
    return kinds.of(extension.kind).parts(extension, lambda type, key: ids[type, key])


def offered(parts: Iterable[Parts]) -> Catalog:
    """The catalogue with the added models and generators."""
    every = list(parts)
    models = [row for one in every for row in one.models]
    generators = [row for one in every for row in one.generators]
    return built_in.read(built_in.DATA, models, generators) if models or generators else built_in.load()


def merged(base: Definitions, parts: Iterable[Parts]) -> Definitions:
    """The definitions with the added APIs, whose actions have no route of their own; `base` itself where none is."""
    every = list(parts)
    apis = {api.name: api for one in every for api in one.apis}
    actions = {action.id: action for one in every for action in one.actions}
    if not apis:
        return base
    return replace(base, apis={**base.apis, **apis}, actions={**base.actions, **actions}, added=frozenset(apis))


def _parts(extension: Extension, ids: Mapping[tuple[str, str], int]) -> Parts | None:
    try:
        return parts_of(extension, ids)
    except (ServiceError, KeyError, TypeError, ValueError) as error:
        # A newer version may have written it; what is built in serves on.
        log.warning("extension can't be read, leaving it out", name=extension.name, error=repr(error))
        return None
