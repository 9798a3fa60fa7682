"""POST /openai/v1/audio/speech: the sound itself."""

from collections.abc import Mapping
from typing import Any

from service.apis.openai.catalog import find
from service.apis.openai.files import file_of
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
