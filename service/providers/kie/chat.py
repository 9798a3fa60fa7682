"""Claude at kie: Anthropic's messages, answered inline."""

import base64
from collections.abc import Callable
from typing import Any

from service.errors import ProviderError
from service.providers.base import Reference
from service.providers.faults import Fault, error_of, unknown
from service.providers.http import Answer, Http
from service.providers.inputs import content
from service.providers.structured import Ask

PATH = "claude/v1/messages"
MOST_TOKENS = 8192
READ_S = 300.0


def complete(http: Http, model: str, ask: Ask, check_inside: Callable[[Answer, bool], None]) -> str:
    """The model's answer: one paid call. Raises RefusedByProvider where the model refuses to answer."""
    answer = http.post_once(http.address("api", PATH), json=_body(model, ask), read_s=READ_S)
    if not isinstance(answer.data, dict):
        raise unknown(http.name, answer.text())
    if "content" not in answer.data:
        check_inside(answer, True)
        raise unknown(http.name, answer.text())
    text = "".join(str(part.get("text") or "") for part in answer.data["content"] if part.get("type") == "text")
    if answer.data.get("stop_reason") == "refusal":
        raise error_of(http.name, Fault("moderation", text or "the model refuses to answer", "refusal"))
    if not text:
        told = {"name": http.name, "code": answer.data.get("stop_reason"), "message": "an answer without text"}
        raise ProviderError(f"{http.name} answered nothing.", provider=told)
    return text


def _body(model: str, ask: Ask) -> dict[str, Any]:
    turns = [dict(turn) for turn in ask.turns]
    asked: list[dict[str, Any]] = [_picture(reference) for reference in ask.pictures]
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": ask.settings.get("max_tokens", MOST_TOKENS),
        "messages": [*turns, {"role": "user", "content": [*asked, {"type": "text", "text": ask.prompt}]}],
        "stream": False,
    }
    if ask.instructions:
        body["system"] = ask.instructions
    body |= {name: ask.settings[name] for name in ("temperature", "top_p") if name in ask.settings}
    return body | ({"stop_sequences": ask.settings["stop"]} if "stop" in ask.settings else {})


def _picture(reference: Reference) -> dict[str, Any]:
    path, media_type = content(reference)
    data = base64.b64encode(path.read_bytes()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
