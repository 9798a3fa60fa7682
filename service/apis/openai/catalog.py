"""The model that a client of OpenAI's means."""

from service.apis.request import Request
from service.catalog import Model
from service.catalog.shutdowns import has_ended
from service.errors import ModelNotFound, Problem

# What is made with where a client names no model, as OpenAI's clients may.
USUAL = {"image": "gpt-image-2", "video": "veo-3-1-fast", "speech": "gpt-4o-mini-tts"}


def find(request: Request, kind: str) -> Model:
    """Find the model of a kind by its key, its id or its provider's own id. Raises ModelNotFound at /model."""
    name = str(request.input.get("model") or USUAL.get(kind, ""))
    model = named(request, name)
    if model is not None and not request.input.get("model"):
        model = request.current(model)
    if model is None:
        raise _absent(f"The model {name!r} does not exist; GET /openai/v1/models lists those that do.")
    if model.type != kind:
        raise _absent(f"The model {name!r} is a model for {model.type}; this needs one for {kind}.")
    if has_ended(model, request.today):
        raise _absent(request.ended(model))
    return model


def named(request: Request, name: str) -> Model | None:
    """Return the model of this name; None where there is none."""
    known = request.catalog
    if name in known.models_by_key:
        return known.models_by_key[name]
    if name.isdecimal() and len(name) < 10:
        return known.models_by_id.get(int(name))
    return next((model for model in known.models() if model.provider_model == name), None)


def _absent(message: str) -> ModelNotFound:
    return ModelNotFound(message, errors=[Problem("/model", message)])
