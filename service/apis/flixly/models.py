"""GET /api/v1/generate/models. Source: flixly-api, '50+ AI models'."""

import builtins
from typing import Any

from service.apis.flixly.types import types_of
from service.apis.request import Request
from service.catalog import Model
from service.catalog.references import allowed

REFERENCES = ("image_url", "video_url", "audio_url", "reference_images")


def list(request: Request) -> dict[str, Any]:
    """Every model, or those that do `type`: by which key, for what, and for how many credits."""
    wanted = request.input.get("type")
    every = [(model, types_of(model)) for model in request.catalog.models()]
    return {"models": [_shown(model, types) for model, types in every if wanted is None or wanted in types]}


def _shown(model: Model, types: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": model.key,
        "name": model.name,
        "description": model.description,
        "shutdown": model.shutdown.isoformat() if model.shutdown else None,
        "successor": model.successor,
        "types": builtins.list(types),
        "provider": model.provider,
        "credits": model.credit_cost,
        "unit": model.unit,
        "aspect_ratios": [ratio.ratio for ratio in model.aspect_ratios] if model.supports_aspect_ratio else [],
        "durations": builtins.list(model.supported_durations),
        "voices": builtins.list(model.voices),
        "seconds_range": None if model.seconds_range is None else builtins.list(model.seconds_range),
        "references": {member: allowed(model, member) for member in REFERENCES},
        "required": builtins.list(model.requires),
        **({"added": True} if model.added else {}),
    }
