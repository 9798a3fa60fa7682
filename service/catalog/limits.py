"""Limits of words and voices by model, checked before anything is paid for."""

from collections.abc import Mapping
from typing import Any

from service.catalog.models import Model
from service.errors import ValidationError

UNKNOWN_VOICE = "the model has no voice of that name"


def check_text(model: Model, given: Mapping[str, Any], text: str, pointer: str) -> None:
    """Refuse a text that is longer than the endpoint for a request with the members `given` takes.

    Raises ValidationError at `pointer`.
    """
    most = model.call_for(given).text_limit
    if most is not None and len(text) > most:
        raise ValidationError.at(pointer, f"{model.name} takes {most:,} characters at most, not {len(text):,}.")


def voice_of(model: Model, asked: str | None) -> tuple[str | None, dict[str, Any]]:
    """Return the model's own name of the voice asked for, and the `adjustments` where it is another one.

    A name that the model does not know becomes its usual voice, save where its voices are open.
    """
    if asked is None or not model.voices:
        return asked, {}
    known = {voice.lower(): voice for voice in model.voices}
    found = known.get(asked.lower()) or (asked if model.open_voices else None)
    if found is not None:
        return found, {}
    used = str(model.call.defaults.get("voice", model.voices[0]))
    told = {"requested": asked, "used": used, "supported": list(model.voices), "reason": UNKNOWN_VOICE}
    return used, {"voice": told}
