"""Chat completions as OpenAI has them, and others after it: one paid call, answered inline."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.providers.base import Reference
from service.providers.conversation import Ask, Reply, Turn
from service.providers.encoding import data_url
from service.providers.faults import Fault, error_of, unknown, unusable
from service.providers.http import Http

PATH = "chat/completions"
READ_S = 300.0
REASONS = ("stop", "length", "tool_calls", "content_filter")


def complete(http: Http, model: str, ask: Ask, settings: Mapping[str, Any]) -> Reply:
    """Return the model's reply; `settings` are the members beside the model, the messages and the tools.

    Raises RefusedByProvider where the answer is withheld, ProviderError where there is none.
    """
    body = {"model": model, "messages": _messages(ask), **_tools(ask), **settings}
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
    reason, text = choice.get("finish_reason"), message.get("content")
    if reason == "content_filter":
        raise error_of(http.name, Fault("moderation", "the answer was withheld by its content filter", reason))
    reply = Reply(
        text if isinstance(text, str) else "",
        reason if reason in REASONS else "stop",
        tuple(made for made in message.get("tool_calls") or () if _is_call(made)),
        _usage(answer.data.get("usage")),
        message.get("refusal") or None,
    )
    if reply.empty:
        raise unusable(http.name, "an answer without text", reason)
    return reply


def _is_call(made: Any) -> bool:
    return isinstance(made, dict) and isinstance(made.get("function"), dict) and "name" in made["function"]


def _usage(told: Any) -> Mapping[str, Any] | None:
    if not isinstance(told, dict) or not isinstance(told.get("total_tokens"), int):
        return None
    return {name: value for name, value in told.items() if value is not None}


def _tools(ask: Ask) -> dict[str, Any]:
    if not ask.tools:
        return {}
    told = {"tool_choice": ask.tool_choice, "parallel_tool_calls": ask.parallel_tool_calls}
    return {"tools": list(ask.tools), **{name: value for name, value in told.items() if value is not None}}


def _messages(ask: Ask) -> list[dict[str, Any]]:
    system = [{"role": "system", "content": ask.instructions}] if ask.instructions else []
    said = [_message(ask, turn) for turn in ask.turns]
    asked = [{"role": "user", "content": _content(ask.prompt, ask.shown)}] if ask.asks else []
    return [*system, *said, *asked]


def _message(ask: Ask, turn: Turn) -> dict[str, Any]:
    message = {name: value for name, value in turn.items() if name != "pictures"}
    if turn["role"] == "user":
        return message | {"content": _content(turn["content"], ask.shown_in(turn))}
    return message | {"content": turn.get("content") or (None if turn.get("tool_calls") else "")}


def _content(text: str, pictures: Sequence[Reference]) -> Any:
    shown = [{"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in pictures]
    return [*shown, {"type": "text", "text": text}] if shown else text
