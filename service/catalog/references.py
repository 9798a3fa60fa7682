"""The pictures, clips and sounds that each model takes, and those that it needs."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.catalog.models import MATCH_INPUT, Model
from service.errors import Problem, ValidationError

# Every member of a request that points at media, in the documents' names.
MEMBERS = (
    "image_url",
    "ending_frame_url",
    "reference_images",
    "reference_videos",
    "reference_audio",
    "audio_url",
    "video_url",
)

# Those that are sent among the references where a model takes either.
FRAMES = ("image_url", "ending_frame_url")


def check_references(model: Model, input: Mapping[str, Any]) -> None:
    """Refuse references that the model doesn't take, or more of them than it takes.

    Raises ValidationError pointing at each member.
    """
    if input.keys().isdisjoint(MEMBERS):
        return
    problems = [Problem(f"/{member}", message) for member, message in _not_taken(model, input)]
    if problems:
        raise ValidationError(problems[0].message, errors=problems)


def lacking_references(model: Model, input: Mapping[str, Any]) -> tuple[Problem, ...]:
    """List the references that the model can't do this without; an estimate may come without them."""
    return tuple(Problem(f"/{member}", message) for member, message in _lacking(model, input))


def _not_taken(model: Model, input: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for member in MEMBERS:
        given = input.get(member)
        if not given:
            continue
        most = allowed(model, member)
        number = len(given) if isinstance(given, list | tuple) else 1
        if most == 0:
            yield member, f"{model.name} takes no {member}."
        elif number > most:
            yield member, f"{model.name} takes at most {most} {member}, not {number}."
        elif member == "reference_images" and model.reference_caps.together:
            frames = [name for name in FRAMES if input.get(name)]
            if frames and number + len(frames) > most:
                yield member, f"{model.name} takes at most {most} pictures, {' and '.join(frames)} among them."


def _lacking(model: Model, input: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for member in model.requires:
        if not input.get(member):
            yield member, f"{model.name} requires {member}."
    if input.get("ending_frame_url") and model.supports_end_frame and not input.get("image_url"):
        yield "image_url", "ending_frame_url goes with image_url, the frame to start from."
    ratio = model.ratios.get(input.get("aspect_ratio", ""))
    if (
        ratio is not None
        and ratio.ratio == MATCH_INPUT
        and not (input.get("image_url") or input.get("reference_images"))
    ):
        yield "image_url", f"aspect_ratio {MATCH_INPUT} needs image_url, the picture to match."


def allowed(model: Model, member: str) -> int:
    """Count the references that the model takes in this member of a request; 0 for none."""
    caps = model.reference_caps
    return {
        "image_url": int(model.vision or model.supports_img2img),
        "ending_frame_url": int(model.supports_end_frame),
        "reference_images": caps.images,
        "reference_videos": caps.videos,
        "reference_audio": caps.audio,
        "audio_url": caps.audio,
        "video_url": int(model.supports_video_edit),
    }[member]
