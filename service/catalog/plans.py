"""Plans, and Flokan's three thumbnail models. Source: flokan, 'Endpoints'."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.catalog.models import Model


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The limits and permissions of an account.

    `limits` are requests per window by API: `limits["generor"]["minute"]` (also "hour", "day"; `/v1` has Generor's).
    `weight` is the account's share of a busy queue. `byok` says whether own provider keys may be used.
    """

    name: str
    title: str
    limits: Mapping[str, Mapping[str, int]]
    parallel_tasks: int
    weight: int
    byok: bool
    storage_bytes: int
    thumbnail_generator: bool


@dataclass(frozen=True, slots=True)
class ThumbnailModel:
    """The model behind one of Flokan's image models with one provider, and its credits per image."""

    name: str
    model: Model
    credits: int


def read_plans(rows: list[Mapping[str, Any]]) -> dict[str, Plan]:
    """Plans by name, smallest first, from `data/plans.json`."""
    return {row["name"]: Plan(**row) for row in rows}


def read_thumbnail_models(
    rows: Mapping[str, Mapping[str, Any]], models: Mapping[int, Model]
) -> dict[tuple[str, str], ThumbnailModel]:
    """From `data/thumbnail_models.json`, by image model and provider ("platform", "openai", "google", "fal", "kie")."""
    return {
        (name, provider): ThumbnailModel(name, models[model_id], row["credits"])
        for name, row in rows.items()
        for provider, model_id in row["models"].items()
    }
