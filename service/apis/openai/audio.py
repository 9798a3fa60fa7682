"""POST /openai/v1/audio/speech: the sound itself."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from service.apis.openai.catalog import find
from service.apis.openai.files import file_of, one_file
from service.apis.openai.ordering import order
from service.apis.request import FileAnswer, Request
from service.generation.order import Order


def speech(request: Request) -> Order:
    """Order the text read aloud, in the format that was asked for. Raises ValidationError, and ModelNotFound."""
    wanted = request.input
    voice = wanted.get("voice")
    params = {"format": wanted.get("response_format") or "mp3"}
    if voice:
        params["voice"] = voice if isinstance(voice, str) else voice["id"]
    return order(request, find(request, "speech"), wanted["input"], {}, params)


def speech_answer(request: Request, run: Mapping[str, Any]) -> FileAnswer:
    """Return the sound."""
    return file_of(request, run["id"])


def speech_events(request: Request, run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the sound as a stream's events: its pieces, and its end."""
    pieces = request.context.objects.stream(one_file(request, run["id"]).object)
    return _events(pieces)


def _events(pieces: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    for piece in pieces:
        yield {"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()}
    yield {"type": "speech.audio.done", "usage": None}
