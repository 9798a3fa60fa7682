"""Chat completions as OpenAI has them, and others after it: one paid call, answered inline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.providers.base import Reference
from service.providers.completion_answers import completion_of, reply_of
from service.providers.conversation import Ask, Reply, Turn
from service.providers.encoding import data_url
from service.providers.faults import unknown
from service.providers.http import Http

PATH = "chat/completions"
READ_S = 300.0


def complete(http: Http, model: str, ask: Ask, settings: Mapping[str, Any]) -> Reply:
    """Return the model's reply; `settings` are the members beside the model, the messages and the tools.

    Raises RefusedByProvider where the answer is withheld, ProviderError where there is none.
    """
    body = {"model": model, "messages": _messages(ask), **_tools(ask), **settings}
    answer = http.post_once(http.address("api", PATH), json=body, read_s=READ_S)
    completion = completion_of(answer)
    if completion is None:
        raise unknown(http.name, answer.text())
    if completion.get("error"):
        raise http.failure(replace(answer, data=completion))
    return reply_of(http.name, completion, answer.text(100))


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
