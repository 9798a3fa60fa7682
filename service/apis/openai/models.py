"""GET /openai/v1/models and /models/{model}."""

import builtins
from typing import Any

from service.apis.openai.catalog import named
from service.apis.request import Request
from service.catalog import Model
from service.errors import ModelNotFound

# OpenAI's clients want a moment; a row of the catalogue has none.
CREATED = 1_767_225_600


def list(request: Request) -> dict[str, Any]:
    """List every model."""
    return {"object": "list", "data": builtins.list(map(_shown, request.catalog.models()))}


def get(request: Request) -> dict[str, Any]:
    """Return one model under the name that was asked for. Raises ModelNotFound."""
    name = request.input["model"]
    model = named(request, name)
    if model is None:
        raise ModelNotFound(f"The model {name!r} does not exist; GET /openai/v1/models lists those that do.")
    return _shown(model) | {"id": name}


def _shown(model: Model) -> dict[str, Any]:
    ends = {"shutdown_date": model.shutdown.isoformat()} if model.shutdown else {}
    return {
        "id": model.key,
        "object": "model",
        "created": CREATED,
        "owned_by": model.provider,
        "type": model.type,
        **ends,
    }
