"""The requests that ModelArk takes for films, pictures and texts."""

import math
from typing import Any

from service.providers.base import Reference, Task
from service.providers.conversation import Ask
from service.providers.encoding import data_url
from service.providers.inputs import members, wording

RATIOS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
# What every Seedream takes: fewer pixels are refused by the newer ones, more by 5.0 Lite.
LEAST_PIXELS, MOST_PIXELS = 3_686_400, 10_404_496
THINKING = {"off": "disabled", "on": "enabled", "high": "enabled"}
_MEDIA = {"image": "image_url", "video": "video_url", "audio": "audio_url"}


def film(task: Task) -> dict[str, Any]:
    """A film's task: its words and what it refers to are its `content`, all else is members."""
    params = task.params
    said = [{"type": "text", "text": wording(task)}] if wording(task) else []
    body: dict[str, Any] = {
        "model": task.model,
        "content": [*said, *_referred(task.references)],
        "ratio": params["aspect_ratio"] if params.get("aspect_ratio") in RATIOS else "adaptive",
        "watermark": False,
    }
    if params.get("seconds"):
        body["duration"] = round(params["seconds"])
    if task.inputs.get("generate_audio", "") is not None and params.get("generate_audio") is not None:
        body["generate_audio"] = params["generate_audio"]
    return body | dict(task.fixed)


def picture(task: Task) -> dict[str, Any]:
    """A picture's request; the watermark is on where nobody says otherwise."""
    return {"model": task.model, **members(task, data_url, pixels), "response_format": "url", "watermark": False}


def settings(ask: Ask) -> dict[str, Any]:
    """The members of a completion beside its messages.

    The schema is in the instructions only: not every model holds to one that is sent.
    """
    body = {name: ask.settings[name] for name in ("temperature", "top_p", "max_tokens") if name in ask.settings}
    mode = THINKING.get(str(ask.settings.get("thinking_mode")))
    return body | ({} if mode is None else {"thinking": {"type": mode}})


def pixels(width: int, height: int) -> str:
    """The size in its proportions that every Seedream takes."""
    area = width * height
    if LEAST_PIXELS <= area <= MOST_PIXELS:
        return f"{width}x{height}"
    scale = math.sqrt((LEAST_PIXELS if area < LEAST_PIXELS else MOST_PIXELS) / area)
    turn = math.ceil if area < LEAST_PIXELS else math.floor
    return f"{turn(width * scale)}x{turn(height * scale)}"


def _referred(references: tuple[Reference, ...]) -> list[dict[str, Any]]:
    """First and last frames don't go with references: beside those a start picture is one of them."""
    loose = any(one.role not in ("image", "end_frame") for one in references)
    return [_entry(one, loose) for one in references]


def _entry(reference: Reference, loose: bool) -> dict[str, Any]:
    """Pictures are carried along; films and sounds it fetches itself, as it takes no data for them."""
    kind = next((media for media in ("video", "audio") if media in reference.role), "image")
    frame = {"image": "first_frame", "end_frame": "last_frame"}.get(reference.role)
    role = frame if frame and not loose else f"reference_{kind}"
    url = data_url(reference) if kind == "image" else reference.url
    return {"type": _MEDIA[kind], _MEDIA[kind]: {"url": url}, "role": role}
