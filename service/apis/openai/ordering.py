"""Orders of pictures, sounds and films, from OpenAI's members."""

import math
import re
from collections.abc import Mapping
from typing import Any

from service.apis.request import Request
from service.catalog import Model
from service.catalog.limits import check_text, voice_of
from service.catalog.pricing import Quote, quote
from service.errors import ValidationError
from service.generation import route
from service.generation.order import Order
from service.providers.base import Reference, Task

SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


def order(
    request: Request,
    model: Model,
    prompt: str,
    priced: Mapping[str, Any],
    params: Mapping[str, Any],
    references: tuple[Reference, ...] = (),
    facts: Mapping[str, Any] | None = None,
) -> Order:
    """Order what `model` makes from `prompt`; `priced` are the members that its price hangs on."""
    plan = request.catalog.plan(request.caller.plan)
    chosen = route.choose(request.settings, request.caller, plan, model, model.type)
    given = {one.role: one.url for one in references}
    price = quote(None, model, {**priced, **_shown(given)})
    check_text(model, _shown(given), prompt, "/input" if model.type == "speech" else "/prompt")
    if params.get("voice") and not chosen.sandbox:
        params = {**params, "voice": voice_of(model, params["voice"])[0]}
    task = Task(
        media=model.type,
        model=model.provider_model,
        prompt=prompt,
        count=price.count,
        params={**_shape(model, price), **params},
        references=references,
    )
    return chosen.order(
        model,
        task,
        price.prices,
        request.input.get("seed"),
        time_limit_s=request.action.time_limit_s,
        facts={"model": request.input.get("model") or model.key, "operation": request.action.resource, **(facts or {})},
    )


def _shown(given: Mapping[str, str]) -> dict[str, Any]:
    """The pictures in the catalogue's words, which its endpoints are chosen by."""
    return {
        name: value
        for name, value in (("image_url", given.get("image")), ("reference_images", given.get("reference_image")))
        if value
    }


def ratio(model: Model, size: str | None) -> str | None:
    """Return the model's ratio that is nearest to a size in pixels; None where the model or the caller leaves it.

    Raises ValidationError for what is no size.
    """
    if size in (None, "", "auto"):
        return None
    found = SIZE.fullmatch(str(size))
    if found is None:
        raise ValidationError.at("/size", "size must be WIDTHxHEIGHT in pixels, such as 1024x1024, or auto")
    known = [one for one in model.aspect_ratios if one.width and one.height]
    if not known or not model.supports_aspect_ratio:
        return None
    wanted = math.log(int(found[1]) / int(found[2]))
    return min(known, key=lambda one: abs(math.log((one.width or 1) / (one.height or 1)) - wanted)).ratio


def _shape(model: Model, price: Quote) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if price.aspect_ratio is not None:
        one = price.aspect_ratio
        params |= {"aspect_ratio": one.ratio, "width": one.width, "height": one.height}
    if model.type == "video":
        params["seconds"] = price.seconds_used
    return params
