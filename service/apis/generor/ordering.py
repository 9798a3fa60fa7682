"""From a Generor request body to its order and its estimate: one price behind both.

Source: generor-api, POST /generators/{slug}/generate and …/estimate, request body and 'Generator Parameters'.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.apis.generor import companions
from service.apis.request import Request
from service.catalog import Generator, Model
from service.catalog.limits import check_text
from service.catalog.pricing import Quote, quote
from service.catalog.prompts import FIELDS, render_prompt
from service.catalog.references import check_references, lacking_references
from service.catalog.timing import estimate_time
from service.errors import Problem, ValidationError
from service.generation import route
from service.generation.order import Order
from service.providers.base import Reference, Task

SINGLE_REFERENCES = {
    "image_url": "image",
    "ending_frame_url": "end_frame",
    "video_url": "video",
    "reference_audio": "reference_audio",
}
LISTED_REFERENCES = {"reference_images": "reference_image", "reference_videos": "reference_video"}
# How made files of a type are named, and what a creation of that type is called.
FOLDERS = {"image": "img", "upscale": "img", "vector": "img", "backgroundremoval": "img", "video": "video"}
AUDIO = "audio"
NOVEL = "No two items may share an idea, a structure or a turn of phrase, and none may be the first that comes to mind."


@dataclass(frozen=True, slots=True)
class Priced:
    """A request with its price, its maker and its time: what an order and an estimate both tell of."""

    request: Request
    generator: Generator
    model: Model
    narrator: Model | None
    quote: Quote
    route: route.Route


def priced(request: Request) -> Priced:
    """Look up and price what is asked for, by whoever asks. Raises NotFound, ValidationError."""
    generator = request.catalog.generator(request.input["slug"])
    model = _model(request, generator)
    check_references(model, request.input)
    _check_thinking(model, request.input)
    narrator = _narrator(request, generator)
    price = quote(generator, model, request.input, narrator)
    return Priced(request, generator, model, narrator, price, _route(request, generator, model))


def order(request: Request, wanted: Priced) -> Order:
    """Make an order with everything that must be known before the 202."""
    generator, model, price = wanted.generator, wanted.model, wanted.quote
    media = generator.type
    prompt = _prompt(generator, price, request)
    check_text(model, request.input, prompt, "/prompt")
    task = Task(
        media=media,
        model=model.provider_model,
        prompt=prompt,
        count=price.count,
        params=_params(generator, model, price, request) | _narration(request, wanted.narrator) | _speaker(wanted),
        references=(*_references(request), *_parameter_references(generator, price)),
    )
    return wanted.route.order(
        model,
        task,
        price.prices,
        time_limit_s=request.action.time_limit_s,
        seconds=_time(wanted, request.context.samples.recent)["seconds"],
        sandbox=wanted.route.sandbox or wanted.narrator is not None,
        generator=generator.slug,
        files=f"users/{{user}}/{folder(media)}/{generator.slug}-{{creation}}.{{ext}}",
        private=request.input.get("privacy_mode", 0) == 1,
        creation=companions.creation_row(request, generator, model),
        adjustments=price.adjustments,
        facts={"generator": generator.slug, "model_type": model.type, "model_name": model.name},
        lacking=_lacking(request, generator, model),
    )


def estimate(wanted: Priced) -> dict[str, Any]:
    """Word the price as the document's estimate does; nothing where the caller's own provider key will be used."""
    price, model = wanted.quote, wanted.model
    cost, adjustments = price.credit_cost(), {"adjustments": price.adjustments} if price.adjustments else {}
    return {
        "generator": wanted.generator.slug,
        "model_id": model.id,
        "model_type": model.type,
        "model_name": model.name,
        "credit_cost": cost | {"total": 0, "per_item": 0, "discount": 0} if wanted.route.byok else cost,
        "time_estimate": _time(wanted, wanted.request.context.samples.latest),
        "applied_parameters": price.applied_parameters,
        **adjustments,
    }


def _model(request: Request, generator: Generator) -> Model:
    """The model asked for, or the generator's own where an estimate names none. Raises ValidationError."""
    model_id = request.input.get("model_id", generator.default_model)
    model = request.catalog.models_by_id.get(model_id)
    if model is None:
        raise ValidationError.at("/model_id", f"There is no model_id {model_id}; GET /models lists them all.")
    return request.offered(model, "/model_id") if "model_id" in request.input else request.current(model)


def _check_thinking(model: Model, input: Mapping[str, Any]) -> None:
    """Refuse a thinking mode that a model with a choice of them lacks; models without a choice heed none.

    Raises ValidationError.
    """
    mode = input.get("thinking_mode")
    if mode is not None and len(model.thinking) > 1 and mode not in model.thinking:
        raise ValidationError.at(
            "/thinking_mode", f"{model.name} takes thinking_mode {' or '.join(model.thinking)}, not {mode}."
        )


def _narrator(request: Request, generator: Generator) -> Model | None:
    """The speech model that reads each text aloud, where one is asked for; other generators have nothing to read.

    Raises ValidationError.
    """
    model_id = request.input.get("model_speech")
    if model_id is None or generator.type != "text":
        return None
    model = request.catalog.models_by_id.get(model_id)
    if model is None or model.type != "speech":
        raise ValidationError.at(
            "/model_speech", f"There is no model_speech {model_id}; GET /models/speech lists them."
        )
    return request.offered(model, "/model_speech")


def _route(request: Request, generator: Generator, model: Model) -> route.Route:
    """The maker of what this caller orders; without a key nobody knows of an account's own."""
    caller = request.anyone
    if caller is None:
        return route.platform(request.settings, model, generator.type)
    plan = request.catalog.plan(caller.plan)
    return route.choose(request.settings, caller, plan, model, generator.type)


def _time(wanted: Priced, samples: Callable[[str, int], list[float]]) -> dict[str, Any]:
    return estimate_time(samples(wanted.generator.slug, wanted.model.id), wanted.model, wanted.quote.count)


def _lacking(request: Request, generator: Generator, model: Model) -> tuple[Problem, ...]:
    """The members that this can't be made without."""
    unprompted = generator.prompt_required and not request.input.get("prompt")
    prompt = (Problem("/prompt", "prompt is required"),) if unprompted else ()
    return (*prompt, *lacking_references(model, request.input))


def folder(media: str) -> str:
    """Name the folder of a user's files of one media: `img`, `video` or `audio`."""
    return FOLDERS.get(media, AUDIO)


def _prompt(generator: Generator, price: Quote, request: Request) -> str:
    """Media models read the filled-in template; a text engine has it as instructions, and the caller's own words."""
    if generator.type in ("text", "vision"):
        return request.input.get("prompt") or ""
    return render_prompt(generator, request.input, price.parameters)


def _params(generator: Generator, model: Model, price: Quote, request: Request) -> dict[str, Any]:
    wanted = request.input
    params: dict[str, Any] = {"generator": generator.slug, "parameters": price.parameters}
    if price.aspect_ratio is not None:
        ratio = price.aspect_ratio
        params |= {"aspect_ratio": ratio.ratio, "width": ratio.width, "height": ratio.height}
    if price.seconds_used is not None:
        params |= {"seconds": price.seconds_used, "generate_audio": price.generate_audio}
    if generator.type == "speech":
        params["language"] = wanted.get("language", "auto")
    if "upscale-factor" in price.parameters:
        params["factor"] = int(price.parameters["upscale-factor"])
    if generator.type in ("text", "vision"):
        params |= {
            "instructions": _instructions(generator, price, request),
            "schema": generator.data_schema,
            "language": wanted.get("language", "auto"),
        }
        params |= {name: wanted[name] for name in (*FIELDS, "temperature", "thinking_mode") if name in wanted}
        if params.get("thinking_mode") not in model.thinking:
            params.pop("thinking_mode", None)
        params |= companions.context(request)
    return params


def _speaker(wanted: Priced) -> dict[str, Any]:
    """The model's own voice for the one that the generator's page names; the embedded engine knows them by itself."""
    named = next((value for name, value in wanted.quote.parameters.items() if name.endswith("-voice")), "")
    voice = wanted.model.speakers.get(named)
    return {} if voice is None or wanted.route.sandbox else {"voice": voice}


def _narration(request: Request, narrator: Model | None) -> dict[str, Any]:
    if narrator is None:
        return {}
    return {"narration": {"model": narrator.provider_model, "language": request.input.get("language", "auto")}}


def _instructions(generator: Generator, price: Quote, request: Request) -> str:
    text = render_prompt(generator, request.input, price.parameters)
    return f"{text}\n\n{NOVEL}" if request.input.get("avoid_duplicates") else text


def _references(request: Request) -> tuple[Reference, ...]:
    """Every media the body points at, in the order that prompts count them as [Image1] … [ImageN]."""
    wanted = request.input
    single = [
        Reference(role, wanted[field], at=f"/{field}") for field, role in SINGLE_REFERENCES.items() if wanted.get(field)
    ]
    listed = [
        Reference(role, url, at=f"/{field}/{number}")
        for field, role in LISTED_REFERENCES.items()
        for number, url in enumerate(wanted.get(field) or ())
    ]
    return (*single, *listed)


def _parameter_references(generator: Generator, price: Quote) -> tuple[Reference, ...]:
    """The files that an added generator's own parameters point at."""
    pointing = [one for one in generator.parameters if one.type == "url" and price.parameters.get(one.id)]
    return tuple(Reference(one.media, price.parameters[one.id], at=f"/parameters/{one.id}") for one in pointing)
