"""The body of a provider's request, from the names that the catalogue has for its members.

Read as `service.catalog.models.ProviderCall` says; which value a size or a file is sent as, the provider decides.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log, sqrt
from pathlib import Path
from typing import Any

from service.providers.base import Reference, Task
from service.providers.results import measure

# The members of a request by the role of its references.
MEMBER_OF = {
    "image": "image_url",
    "end_frame": "ending_frame_url",
    "video": "video_url",
    "audio": "audio_url",
    "reference_image": "reference_images",
    "reference_video": "reference_videos",
    "reference_audio": "reference_audio",
}
# An added model's parameter among the names, followed by its id; its own name ends in `:` and a type.
PARAMETER = "parameters."
# Sent under our own name where the catalogue has no other.
_OWN_NAMES = ("prompt", "image_url", "video_url", "audio_url", "aspect_ratio", "generate_audio")
_MATCH_INPUT = "match_input_image"
# A film is wide or tall; a picture's size is a multiple of 16.
_FILM_RATIOS = ("16:9", "9:16")
_SIDE, _GRID = 1024, 16
_RATIOS = {"1:1": 1.0, "3:4": 3 / 4, "4:3": 4 / 3, "16:9": 16 / 9, "9:16": 9 / 16}


def members(task: Task, place: Callable[[Reference], str], size: Callable[[int, int], Any]) -> dict[str, Any]:
    """The request's members. `place` answers a reference's URL or data URI, `size` the provider's words for pixels."""
    body: dict[str, Any] = {}
    for name, value in _asked(task, place, size):
        theirs = task.inputs.get(name, name if name in _OWN_NAMES else None)
        if theirs is not None and value is not None:
            _enter(body, theirs, value, parameter=name.startswith(PARAMETER))
    return body | dict(task.fixed)


def _asked(task: Task, place: Callable[[Reference], str], size: Callable[[int, int], Any]) -> list[tuple[str, Any]]:
    """Our members and their values; a role that may come several times has one entry each."""
    params, inputs = task.params, task.inputs
    asked: list[tuple[str, Any]] = [("prompt", wording(task) or None)]
    asked += [(name, params.get(name)) for name in ("seconds", "factor", "voice", "generate_audio")]
    ratio = params.get("aspect_ratio")
    asked.append(("aspect_ratio", None if ratio == _MATCH_INPUT else ratio))
    if ratio == _MATCH_INPUT and inputs.get("input_ratio"):
        asked.append(("input_ratio", _own_ratio(task)))
    if ratio == _MATCH_INPUT and inputs.get("input_size"):
        asked.append(("input_size", size(*_own_size(task.references))))
    if params.get("width") and params.get("height"):
        asked.append(("size", size(params["width"], params["height"])))
    asked.append(("count", task.count if inputs.get("count") else None))
    asked += _parameters(task)
    for reference in task.references:
        member = _member(reference)
        if _wanted(inputs, member):
            asked.append((member, place(reference)))
    return asked


def _parameters(task: Task) -> Iterator[tuple[str, Any]]:
    """The own parameters of an added model, each as the type that it is sent as; files are references."""
    for name, text in (task.params.get("parameters") or {}).items():
        sent = (task.inputs.get(PARAMETER + name) or "").rpartition(":")[2]
        if sent and not any(reference.at == f"/parameters/{name}" for reference in task.references):
            yield PARAMETER + name, _typed(text, sent)


def _typed(text: str, kind: str) -> Any:
    if kind == "integer":
        return int(float(text)) if "." in text else int(text)
    if kind == "number":
        return float(text)
    return text == "true" if kind == "boolean" else text


def _member(reference: Reference) -> str:
    """The member that a reference was given as: a parameter's own, else that of its role."""
    named = reference.at.removeprefix("/parameters/")
    return PARAMETER + named if named != reference.at else MEMBER_OF[reference.role]


def _own_ratio(task: Task) -> str:
    """The ratio nearest to the first picture's own; a square, or a wide film, where that can't be told."""
    known = _FILM_RATIOS if task.media == "video" else tuple(_RATIOS)
    measured = _measured(task.references)
    if measured is None:
        return known[0]
    # By their logarithms, so that a portrait is as far from a square as a landscape is.
    own = log(measured[0] / measured[1])
    return min(known, key=lambda name: abs(log(_RATIOS[name]) - own))


def _own_size(references: Sequence[Reference]) -> tuple[int, int]:
    """The first picture's proportions in about a megapixel; a square where they can't be told."""
    width, height = _measured(references) or (_SIDE, _SIDE)
    scale = sqrt(_SIDE * _SIDE / (width * height)) / _GRID
    return max(1, round(width * scale)) * _GRID, max(1, round(height * scale)) * _GRID


def _measured(references: Sequence[Reference]) -> tuple[int, int] | None:
    """Width and height of the first picture that has any."""
    for path, content_type in map(content, references):
        width, height = measure(path, content_type)
        if width and height:
            return width, height
    return None


def wording(task: Task) -> str:
    """The prompt as a picture model reads it: a thumbnail's title and style are words among others to it."""
    title, style = task.params.get("title"), task.params.get("style")
    if not title:
        return task.prompt
    look = f", in the style «{style.replace('-', ' ')}»" if style else ""
    about = "" if task.prompt == title else f" It shows: {task.prompt}"
    return (
        f"A YouTube thumbnail{look}, one clear subject, strong contrast, readable when small. "
        f"Its only lettering, large and spelled exactly so, is: «{title}».{about}"
    )


def _wanted(inputs: Mapping[str, str | None], member: str) -> bool:
    """Return whether the model takes it at all: nothing is uploaded for nothing."""
    return inputs.get(member, member if member in _OWN_NAMES else None) is not None


def _enter(body: dict[str, Any], theirs: str, value: Any, parameter: bool = False) -> None:
    if parameter:
        theirs = theirs.rpartition(":")[0]
    outer, inside, _ = theirs.partition("=")[0].partition(".")
    if inside:
        _enter(body.setdefault(outer, {}), theirs.removeprefix(f"{outer}."), value)
        return
    name, patterned, pattern = theirs.partition("=")
    if patterned:
        body[name] = pattern.replace("{}", str(value))
    elif "*" in name:
        name, _, times = name.partition("*")
        body[name] = round(value * int(times))
    elif name.endswith("[]"):
        body.setdefault(name.removesuffix("[]"), []).append(value)
    else:
        body[name] = value


def content(reference: Reference) -> tuple[Path, str]:
    """The fetched copy of a reference and its type."""
    assert reference.path is not None, "references are fetched before a provider sees them"
    return reference.path, reference.content_type or "application/octet-stream"
