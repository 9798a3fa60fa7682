"""POST /openai/v1/images/generations and /images/edits."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from service.apis.openai.catalog import USUAL, find
from service.apis.openai.files import AnsweredFile, made_files
from service.apis.openai.ordering import order, ratio
from service.apis.request import Request
from service.catalog.references import allowed
from service.errors import ValidationError
from service.generation.order import Order
from service.providers.base import Reference

B64 = "b64_json"


def generate(request: Request) -> Order:
    """Order pictures from words. Raises ValidationError naming the field, and ModelNotFound."""
    return _pictures(request, ())


def edit(request: Request) -> Order:
    """Order pictures from words and pictures. Raises ValidationError naming the field, and ModelNotFound."""
    given = _given(request.input)
    if not given:
        raise ValidationError.at("/image", "image is required: a picture, or several")
    model = find(request, "image")
    most = allowed(model, "image_url") + allowed(model, "reference_images")
    if len(given) > most:
        usual = "" if most else f"; {USUAL['image']} does"
        raise ValidationError.at("/image", f"{model.key} takes {most} pictures{usual}")
    # The first is what is edited; what a model takes only as references goes there.
    first = "image" if allowed(model, "image_url") else "reference_image"
    references = tuple(
        Reference("reference_image" if number else first, url, at=at) for number, (at, url) in enumerate(given)
    )
    return _pictures(request, references)


def generate_answer(request: Request, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pictures as they were asked for: by their addresses, or their bytes in base64."""
    output = dict(run["output"])
    if request.input.get("response_format") != B64:
        return output
    made = made_files(request, run["id"])
    return output | {"data": [{B64: _bytes(request, one)} for one in made]}


edit_answer = generate_answer


def generate_events(request: Request, run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the pictures as a stream's events, each whole: no model here shows a picture half made."""
    return _events(request, run, "image_generation.completed")


def edit_events(request: Request, run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the edited pictures as a stream's events."""
    return _events(request, run, "image_edit.completed")


def _events(request: Request, run: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    made, created = made_files(request, run["id"]), run["output"]["created"]
    return (_event(request, one, kind) | {"created_at": created} for one in made)


def _event(request: Request, made: AnsweredFile, kind: str) -> dict[str, Any]:
    size = f"{made.width}x{made.height}" if made.width and made.height else "auto"
    told = {"type": kind, B64: _bytes(request, made), "output_format": made.content_type.removeprefix("image/")}
    return told | {"size": size, "quality": "auto", "background": "auto", "usage": None}


def _bytes(request: Request, made: AnsweredFile) -> str:
    return base64.b64encode(b"".join(request.context.objects.stream(made.object))).decode()


def _pictures(request: Request, references: tuple[Reference, ...]) -> Order:
    wanted = request.input
    model = find(request, "image")
    priced = {"count": wanted.get("n"), "aspect_ratio": ratio(model, wanted.get("size"))}
    return order(request, model, wanted["prompt"], priced, {}, references)


def _given(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where each picture stands, and its address."""
    found = []
    for member in ("image", "images"):
        listed = values.get(member) or []
        single = not isinstance(listed, list)
        for number, one in enumerate([listed] if single else listed):
            at = f"/{member}" if single else f"/{member}/{number}"
            url = one.get("image_url") if isinstance(one, Mapping) else one
            if not isinstance(url, str) or not url:
                raise ValidationError.at(at, "must be a picture: a file, an address, or a data: URL")
            found.append((at, url))
    return found
