"""POST /openai/v1/images/generations and /images/edits."""

import base64
from collections.abc import Mapping
from typing import Any

from service.apis.openai.catalog import USUAL, find
from service.apis.openai.files import made_files
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
    objects = request.context.objects
    shown = [{B64: base64.b64encode(b"".join(objects.stream(key))).decode()} for _, key in made]
    return output | {"data": shown}


edit_answer = generate_answer


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
