"""AI models. Source: generor-api, 'Models'."""

import builtins
from typing import Any

from service.apis.request import Request
from service.catalog.models import TYPES
from service.errors import NotFound


def list(request: Request) -> dict[str, builtins.list[dict[str, Any]]]:
    """All models, by type. Source: GET /models."""
    return {type: [model.public() for model in request.catalog.models(type)] for type in TYPES}


def by_type(request: Request) -> builtins.list[dict[str, Any]]:
    """The models of one type. Source: GET /models/{type}."""
    return [model.public() for model in request.catalog.models(request.input["type"])]


def get(request: Request) -> dict[str, Any]:
    """One model. Source: GET /models/{type}/{id}. Raises NotFound, also for a model of another type."""
    type, model_id = request.input["type"], request.input["id"]
    model = request.catalog.models_by_id.get(model_id)
    if model is None or model.type != type:
        raise NotFound(f"There is no {type} model {model_id}.")
    return model.public()
