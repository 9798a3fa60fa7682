"""POST /generate. Source: flokan-thumbnail-generator-api, 'POST /generate'."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from service.apis.request import Request
from service.catalog import ThumbnailModel
from service.errors import AddressRefused, NotFound, ValidationError
from service.files import data_urls
from service.generation import route
from service.generation.order import Order
from service.net.urls import parse
from service.providers.base import Reference, Task
from service.sandbox.pictures.styles import STYLES
from service.store.tables import cards

SIZES = {"16:9": (1280, 720), "4:3": (1280, 960), "1:1": (1080, 1080)}
PLATFORM = "platform"
# What a generation tells of its request.
SHOWN = ("video_title", "prompt", "image_model", "aspect_ratio", "image_count")


def generate(request: Request) -> Order:
    """1 to 4 thumbnails with the title. Raises NotFound (style, card), ProviderNotConfigured, ValidationError."""
    wanted = request.input
    style = _style(wanted.get("style_id"))
    card_id = card_of(request, wanted.get("card_id"))
    chosen, thumbnail = _maker(request)
    width, height = SIZES[wanted["aspect_ratio"]]
    params: dict[str, Any] = {"title": wanted["video_title"], "width": width, "height": height, "format": "png"}
    params |= {"aspect_ratio": wanted["aspect_ratio"], "quality": wanted["image_model"], "style": style}
    task = Task(
        media="image",
        model=thumbnail.model.provider_model,
        prompt=wanted.get("prompt") or wanted["video_title"],
        count=wanted["image_count"],
        params=params,
        references=_references(request),
    )
    return chosen.order(
        thumbnail.model,
        task,
        tuple(thumbnail.credits * made for made in range(1, task.count + 1)),
        time_limit_s=request.action.time_limit_s,
        files="files/{workspace}/styles/{generation}/{n}.{ext}",
        generation={"card_id": card_id},
        facts={name: wanted.get(name) for name in SHOWN} | {"card_id": card_id},
    )


def _maker(request: Request) -> tuple[route.Route, ThumbnailModel]:
    """`provider` is strict: the workspace's own key or nothing; the default is the platform's."""
    name, quality = request.input.get("provider", PLATFORM), request.input["image_model"]
    thumbnail = _current(request, request.catalog.thumbnail_model(quality, name))
    if name == PLATFORM:
        return route.platform(request.settings, thumbnail.model, "image"), thumbnail
    plan = request.catalog.plan(request.caller.plan)
    return route.own(request.caller, plan, name, "image"), thumbnail


def _current(request: Request, thumbnail: ThumbnailModel) -> ThumbnailModel:
    """The model behind an image model, or what came after it. Raises ValidationError where its provider has none."""
    model = request.current(thumbnail.model)
    same = model.provider == thumbnail.model.provider
    return replace(thumbnail, model=request.offered(model if same else thumbnail.model, "/image_model"))


def _style(style_id: str | None) -> str | None:
    if style_id is None:
        return None
    found = next((style.key for style in STYLES if style.id == style_id.lower()), None)
    if found is None:
        raise NotFound(f"There is no thumbnail style {style_id}.")
    return found


def card_of(request: Request, card_id: str | None) -> str | None:
    """The id of the workspace's card as it is stored, None where none is asked for. Raises NotFound."""
    if card_id is None:
        return None
    query = select(cards.c.id).where(cards.c.id == card_id.lower(), cards.c.account_id == request.caller.account_id)
    known = request.db.execute(query).scalar_one_or_none()
    if known is None:
        raise NotFound(f"There is no card {card_id} in this workspace.")
    return str(known)


def _references(request: Request) -> tuple[Reference, ...]:
    """`reference_image_url` is the primary one and takes precedence over the first of `youtube_references`."""
    wanted = request.input
    others = [
        Reference("reference_image", url, at=f"/youtube_references/{number}")
        for number, url in enumerate(wanted.get("youtube_references") or ())
    ]
    single = wanted.get("reference_image_url")
    if single is not None:
        _check_https(request, single)
        return Reference("image", single, https_only=True, at="/reference_image_url"), *others
    return tuple(replace(other, role="image") if number == 0 else other for number, other in enumerate(others))


def _check_https(request: Request, url: str) -> None:
    """HTTPS only, except to this service itself and to hosts that CALLBACK_ALLOW names.

    An estimate never resolves a name: whether a name is one of those is found out when a run is accepted.
    """
    if data_urls.is_inline(url) or request.context.references.own_path(url) is not None:
        return
    try:
        at = parse(url)
    except AddressRefused as refusal:
        raise AddressRefused.at("/reference_image_url", refusal.message) from None
    if at.scheme != "https" and not request.context.guard.could_allow(at.host):
        raise ValidationError.at("/reference_image_url", "reference_image_url must be an https URL")
