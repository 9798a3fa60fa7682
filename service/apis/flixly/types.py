"""Flixly's generation types as data, and which of them a model does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.catalog import Model
from service.catalog.references import allowed


@dataclass(frozen=True, slots=True)
class Kind:
    """One `type`: the engine's media, the catalogue type its models have, and what must be sent."""

    media: str
    model_type: str
    needs: tuple[str, ...] = ("prompt",)
    vision: bool = False


KINDS = {
    "TEXT_TO_IMAGE": Kind("image", "image"),
    "IMAGE_TO_IMAGE": Kind("image", "image", ("prompt", "image_url")),
    "TEXT_TO_VIDEO": Kind("video", "video"),
    "IMAGE_TO_VIDEO": Kind("video", "video", ("prompt", "image_url")),
    "TEXT_TO_SPEECH": Kind("speech", "speech"),
    "TEXT_TO_MUSIC": Kind("music", "music"),
    "TEXT_TO_SOUND": Kind("soundeffect", "soundeffect"),
    "TEXT_TO_TEXT": Kind("text", "text"),
    "IMAGE_TO_TEXT": Kind("vision", "text", ("image_url",), vision=True),
    "UPSCALE": Kind("upscale", "upscale", ("image_url",)),
    "REMOVE_BACKGROUND": Kind("backgroundremoval", "backgroundremoval", ("image_url",)),
    "VECTORIZE": Kind("vector", "vector", ("image_url",)),
}


def types_of(model: Model) -> tuple[str, ...]:
    """The types that the model does: those that start from a picture only where it takes one, and the other way."""
    return tuple(name for name, kind in KINDS.items() if kind.model_type == model.type and _does(model, name, kind))


def needs(kind: Kind, model: Model) -> tuple[str, ...]:
    """List what must be sent for this kind; a model that draws vectors from words alone wants the words."""
    takes_picture = allowed(model, "image_url") > 0
    return tuple("prompt" if name == "image_url" and not takes_picture else name for name in kind.needs)


def default_type(model: Model, given: Mapping[str, Any]) -> str:
    """The model's own type; of several, the one that starts from a picture where a picture is given."""
    known = types_of(model)
    pictured = [name for name in known if "image_url" in KINDS[name].needs]
    return pictured[0] if pictured and given.get("image_url") else known[0]


def _does(model: Model, name: str, kind: Kind) -> bool:
    if kind.vision:
        return model.vision
    if name.startswith("IMAGE_TO_"):
        return allowed(model, "image_url") > 0
    return not (name.startswith("TEXT_TO_") and "image_url" in model.requires)
