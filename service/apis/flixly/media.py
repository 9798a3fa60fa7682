"""POST /api/v1/generate, and the tasks it makes."""

from typing import Any

from service.apis.flixly import tasks
from service.apis.flixly.types import KINDS, Kind, default_type, needs, types_of
from service.apis.request import Request
from service.catalog import Model
from service.catalog.limits import check_text, voice_of
from service.catalog.pricing import Quote, quote
from service.catalog.references import check_references, lacking_references
from service.errors import Problem, ValidationError
from service.generation import route
from service.generation.order import Order
from service.providers.base import Reference, Task

REFERENCES = {"image_url": "image", "video_url": "video", "audio_url": "audio"}


def generate(request: Request) -> Order:
    """Order one generation with one model. Raises ValidationError naming the field and what the model takes."""
    wanted = request.input
    model = _model(request)
    name = wanted.get("type") or default_type(model, wanted)
    kind = KINDS[name]
    _check(name, model, request)
    media = "vision" if kind.media == "text" and wanted.get("image_url") else kind.media
    plan = request.catalog.plan(request.caller.plan)
    chosen = route.choose(request.settings, request.caller, plan, model, media)
    price = quote(None, model, {**wanted, "seconds": wanted.get("duration")})
    check_text(model, wanted, wanted.get("prompt", ""), "/prompt")
    voice, revoiced = (wanted.get("voice"), {}) if chosen.sandbox else voice_of(model, wanted.get("voice"))
    task = Task(
        media=media,
        model=model.provider_model,
        prompt=wanted.get("prompt", ""),
        count=price.count,
        params=_params(kind, price) | ({"voice": voice} if voice else {}),
        references=_references(request),
    )
    return chosen.order(
        model,
        task,
        price.prices,
        wanted.get("seed"),
        time_limit_s=request.action.time_limit_s,
        adjustments={**(price.adjustments or {}), **revoiced} or None,
        facts={"type": name, "model": model.key},
        lacking=_lacking(kind, name, model, request),
    )


def get(request: Request) -> dict[str, Any]:
    """Read one task of the account, whatever its status. Raises NotFound for another account's, which is the same."""
    return tasks.find(request, request.input["id"])


def _model(request: Request) -> Model:
    key = request.input["model"]
    model = request.catalog.models_by_key.get(key)
    if model is None:
        raise ValidationError.at("/model", f"There is no model {key}; GET /api/v1/generate/models lists them.")
    return request.offered(model, "/model")


def _check(name: str, model: Model, request: Request) -> None:
    known = types_of(model)
    if name not in known:
        raise ValidationError.at("/type", f"{model.key} does not do {name}; it does {', '.join(known)}")
    check_references(model, request.input)


def _lacking(kind: Kind, name: str, model: Model, request: Request) -> tuple[Problem, ...]:
    """The members that this type can't be made without; those that the model needs besides, once each."""
    needed = [field for field in needs(kind, model) if not request.input.get(field)]
    problems = [Problem(f"/{field}", f"{field} is required for {name}") for field in needed]
    known = {problem.pointer for problem in problems}
    return (*problems, *(one for one in lacking_references(model, request.input) if one.pointer not in known))


def _params(kind: Kind, price: Quote) -> dict[str, Any]:
    """The engine's parameters: what was asked for, as the model can do it."""
    params: dict[str, Any] = {}
    if price.aspect_ratio is not None:
        ratio = price.aspect_ratio
        params |= {"aspect_ratio": ratio.ratio, "width": ratio.width, "height": ratio.height}
    if price.seconds_used is not None:
        params["seconds"] = price.seconds_used
    return params


def _references(request: Request) -> tuple[Reference, ...]:
    wanted = request.input
    single = [Reference(role, wanted[field], at=f"/{field}") for field, role in REFERENCES.items() if wanted.get(field)]
    listed = [
        Reference("reference_image", url, at=f"/reference_images/{number}")
        for number, url in enumerate(wanted.get("reference_images") or ())
    ]
    return (*single, *listed)
