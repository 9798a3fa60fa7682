"""The catalogue: models, generators and plans, as data with functions over it. No database, nothing that changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import orjson

from service.catalog.generators import Generator, Option, Parameter, Similar, read_generators
from service.catalog.models import TYPES, AspectRatio, Model, ProviderCall, ReferenceCaps, read_model
from service.catalog.plans import Plan, ThumbnailModel, read_plans, read_thumbnail_models
from service.errors import NotFound

DATA = Path(__file__).parent / "data"

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """Everything that can be made, with what, and on which terms. Loaded once a process."""

    models_by_id: Mapping[int, Model]
    models_by_key: Mapping[str, Model]
    generators_by_slug: Mapping[str, Generator]
    plans: Mapping[str, Plan]
    thumbnail_models: Mapping[tuple[str, str], ThumbnailModel]

    def model(self, model_id: int) -> Model:
        """The model with this id. Raises NotFound."""
        return _found(self.models_by_id.get(model_id), f"There is no model {model_id}.")

    def model_by_key(self, key: str) -> Model:
        """The model with this Flixly key ("flux-dev"). Raises NotFound."""
        return _found(self.models_by_key.get(key), f"There is no model {key!r}.")

    def key_of_model(self, number: str) -> str:
        """Return a model's key by its number, which stands for itself where the catalogue has it no more."""
        known = self.models_by_id.get(int(number)) if number.isdigit() else None
        return number if known is None else known.key

    def models(self, type: str | None = None) -> tuple[Model, ...]:
        """All models, or those of one type, by id. Raises NotFound for a type that isn't one."""
        if type is None:
            return tuple(self.models_by_id.values())
        if type not in TYPES:
            raise NotFound(f"There are no {type!r} models; types are {', '.join(TYPES)}.")
        return tuple(model for model in self.models_by_id.values() if model.type == type)

    def generator(self, slug: str) -> Generator:
        """The generator with this slug. Raises NotFound."""
        return _found(self.generators_by_slug.get(slug), f"There is no generator {slug!r}.")

    def generators(self, status: str = "active") -> tuple[Generator, ...]:
        """Generators by slug: those that are "active", in "development", or "all"."""
        every = self.generators_by_slug.values()
        return tuple(generator for generator in every if status in ("all", generator.status))

    def plan(self, name: str) -> Plan:
        """The plan with this name. Raises NotFound."""
        return _found(self.plans.get(name), f"There is no plan {name!r}.")

    def thumbnail_model(self, image_model: str, provider: str = "platform") -> ThumbnailModel:
        """Return what Flokan's "pro", "standard" or "creative" means with this provider. Raises NotFound."""
        known = self.thumbnail_models.get((image_model, provider))
        return _found(known, f"There is no image model {image_model!r} with provider {provider!r}.")


def read(
    folder: Path, models: Sequence[Mapping[str, Any]] = (), generators: Sequence[Mapping[str, Any]] = ()
) -> Catalog:
    """The catalogue in `folder`, laid out as `data/` is, with more rows of models and generators beside."""
    rows = [*(row for type in TYPES for row in _json(folder / "models" / f"{type}.json")), *models]
    known = {model.id: model for model in sorted(map(read_model, rows), key=lambda model: model.id)}
    every = [*(_json(path) for path in sorted((folder / "generators").glob("*.json"))), *generators]
    return Catalog(
        models_by_id=known,
        models_by_key={model.key: model for model in known.values()},
        generators_by_slug=read_generators(every, known.values()),
        plans=read_plans(_json(folder / "plans.json")),
        thumbnail_models=read_thumbnail_models(_json(folder / "thumbnail_models.json"), known),
    )


@cache
def load() -> Catalog:
    """The service's own catalogue, read at the first call."""
    return read(DATA)


def _json(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def _found(thing: Thing | None, message: str) -> Thing:
    if thing is None:
        raise NotFound(message)
    return thing


__all__ = [
    "AspectRatio",
    "Catalog",
    "Generator",
    "Model",
    "Option",
    "Parameter",
    "Plan",
    "ProviderCall",
    "ReferenceCaps",
    "Similar",
    "ThumbnailModel",
    "load",
    "read",
]
