"""AI models. Source: generor-api, 'Models'."""

import builtins
from typing import Any

from service.apis.request import Request
from service.catalog import Model, shutdowns
from service.catalog.models import TYPES
from service.errors import NotFound


def list(request: Request) -> dict[str, builtins.list[dict[str, Any]]]:
    """All models, by type. Source: GET /models."""
    return {type: [_shown(request, model) for model in request.catalog.models(type)] for type in TYPES}


def by_type(request: Request) -> builtins.list[dict[str, Any]]:
    """The models of one type. Source: GET /models/{type}."""
    return [_shown(request, model) for model in request.catalog.models(request.input["type"])]


def get(request: Request) -> dict[str, Any]:
    """One model. Source: GET /models/{type}/{id}. Raises NotFound, also for a model of another type."""
    type, model_id = request.input["type"], request.input["id"]
    model = request.catalog.models_by_id.get(model_id)
    if model is None or model.type != type:
        raise NotFound(f"There is no {type} model {model_id}.")
    return _shown(request, model)


def _shown(request: Request, model: Model) -> dict[str, Any]:
    """The document's members, which have no place but the description to say that the model ends."""
    shown, notice = model.public(), shutdowns.notice(request.catalog, model, request.today)
    return shown | {"description": f"{shown['description']} {notice}"} if notice else shown
