"""Flixly's generation types as data. Source: contract, section 6 («Flixly's answer»)."""

from dataclasses import dataclass


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


def default_type(model_type: str) -> str:
    """The first type that models of this catalogue type serve."""
    return next(name for name, kind in KINDS.items() if kind.model_type == model_type)
