"""Chat completions as OpenAI has them, and others after it: one paid call, answered inline."""

from collections.abc import Mapping
from typing import Any

from service.providers.encoding import data_url
from service.providers.faults import Fault, error_of, unknown, unusable
from service.providers.http import Http
from service.providers.structured import Ask

PATH = "chat/completions"
READ_S = 300.0


def complete(http: Http, model: str, ask: Ask, settings: Mapping[str, Any]) -> str:
    """The model's answer; `settings` are the members beside the model and the messages.

    Raises RefusedByProvider where the model refuses to answer, ProviderError where its answer has no text.
    """
    body = {"model": model, "messages": _messages(ask), **settings}
    answer = http.post_once(http.address("api", PATH), json=body, read_s=READ_S)
    if not isinstance(answer.data, dict):
        raise unknown(http.name, answer.text())
    if answer.data.get("error"):
        raise http.failure(answer)
    try:
        choice = answer.data["choices"][0]
        message = choice["message"]
    except (TypeError, KeyError, IndexError):
        raise unusable(http.name, f"no choice in {answer.text(100)}") from None
    reason = choice.get("finish_reason")
    if message.get("refusal") or reason == "content_filter":
        told = message.get("refusal") or "the answer was withheld by its content filter"
        raise error_of(http.name, Fault("moderation", told, "refusal" if message.get("refusal") else reason))
    text = message.get("content")
    if not isinstance(text, str) or not text.strip():
        raise unusable(http.name, "an answer without text", reason)
    return text


def _messages(ask: Ask) -> list[dict[str, Any]]:
    system = [{"role": "system", "content": ask.instructions}] if ask.instructions else []
    said = [dict(turn) for turn in ask.turns]
    asked: Any = ask.prompt
    if ask.pictures:
        shown = [{"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in ask.pictures]
        asked = [*shown, {"type": "text", "text": ask.prompt}]
    return [*system, *said, {"role": "user", "content": asked}]
