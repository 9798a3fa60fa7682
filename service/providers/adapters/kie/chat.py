"""Claude at kie: Anthropic's messages, answered inline."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from service.errors import ProviderError
from service.providers.base import Reference
from service.providers.conversation import Ask, Reply, Turn, arguments_of, call, usage
from service.providers.faults import Fault, error_of, unknown
from service.providers.http import Answer, Http
from service.providers.inputs import content

PATH = "claude/v1/messages"
MOST_TOKENS = 8192
READ_S = 300.0
REASONS = {"max_tokens": "length", "tool_use": "tool_calls"}
CHOICES = {"none": "none", "auto": "auto", "required": "any"}
GO_ON = "Go on."


def complete(http: Http, model: str, ask: Ask, check_inside: Callable[[Answer, bool], None]) -> Reply:
    """Return the model's reply: one paid call. A refusal of the model's own is told as one."""
    answer = http.post_once(http.address("api", PATH), json=_body(model, ask), read_s=READ_S)
    if not isinstance(answer.data, dict):
        raise unknown(http.name, answer.text())
    if "content" not in answer.data:
        check_inside(answer, True)
        raise unknown(http.name, answer.text())
    parts = [part for part in answer.data["content"] if isinstance(part, dict)]
    text = "".join(str(part.get("text") or "") for part in parts if part.get("type") == "text")
    reason = answer.data.get("stop_reason")
    if reason == "refusal":
        raise error_of(http.name, Fault("moderation", text or "the model refuses to answer", "refusal"))
    used = [part for part in parts if part.get("type") == "tool_use"]
    calls = tuple(call(str(one.get("id")), str(one.get("name")), one.get("input") or {}) for one in used)
    told = answer.data.get("usage") or {}
    reply = Reply(
        text, REASONS.get(str(reason), "stop"), calls, usage(*map(told.get, ("input_tokens", "output_tokens")))
    )
    if reply.empty:
        told = {"name": http.name, "code": reason, "message": "an answer without text"}
        raise ProviderError(f"{http.name} answered nothing.", provider=told)
    return reply


def _body(model: str, ask: Ask) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": ask.settings.get("max_tokens", MOST_TOKENS),
        "messages": _messages(ask),
        "stream": False,
        **_tools(ask),
    }
    if ask.instructions:
        body["system"] = ask.instructions
    body |= {name: ask.settings[name] for name in ("temperature", "top_p") if name in ask.settings}
    return body | ({"stop_sequences": ask.settings["stop"]} if "stop" in ask.settings else {})


def _messages(ask: Ask) -> list[dict[str, Any]]:
    """The turns and the prompt; the last is always the user's, and the first begins with the instructions.

    kie's page for these models names no `system`: what must be heeded is said where it is certain to be read.
    """
    said = [_message(ask, turn) for turn in ask.turns]
    if ask.asks:
        said.append({"role": "user", "content": [*map(_picture, ask.shown), {"type": "text", "text": ask.prompt}]})
    elif ask.turns[-1]["role"] == "assistant":
        said.append({"role": "user", "content": GO_ON})
    return _instructed(ask.instructions, said)


def _instructed(instructions: str, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the instructions before the first words of the user's; where there are none, before everything."""
    if not instructions:
        return said
    told = {"type": "text", "text": instructions}
    first = next((n for n, one in enumerate(said) if one["role"] == "user" and not _is_result(one)), None)
    if first is None or first > 0:
        return [{"role": "user", "content": [told]}, *said]
    parts = said[first]["content"]
    parts = [{"type": "text", "text": parts}] if isinstance(parts, str) else parts
    return [{**said[first], "content": [told, *parts]}, *said[first + 1 :]]


def _is_result(message: dict[str, Any]) -> bool:
    parts = message["content"]
    return isinstance(parts, list) and any(part["type"] == "tool_result" for part in parts)


def _message(ask: Ask, turn: Turn) -> dict[str, Any]:
    if turn["role"] == "tool":
        result = {"type": "tool_result", "tool_use_id": turn.get("tool_call_id"), "content": turn["content"]}
        return {"role": "user", "content": [result]}
    pictures, calls = ask.shown_in(turn), turn.get("tool_calls") or ()
    if not pictures and not calls:
        return {"role": turn["role"], "content": turn["content"]}
    text = [{"type": "text", "text": turn["content"]}] if turn.get("content") else []
    used = [
        {"type": "tool_use", "id": made["id"], "name": made["function"]["name"], "input": arguments_of(made)}
        for made in calls
    ]
    return {"role": turn["role"], "content": [*map(_picture, pictures), *text, *used]}


def _tools(ask: Ask) -> dict[str, Any]:
    if not ask.tools:
        return {}
    told = [
        {
            "name": tool["function"]["name"],
            "description": tool["function"].get("description") or "",
            "input_schema": tool["function"].get("parameters") or {"type": "object"},
        }
        for tool in ask.tools
    ]
    choice: dict[str, Any] = {"type": CHOICES.get(str(ask.tool_choice), "auto")}
    if isinstance(ask.tool_choice, Mapping):
        choice = {"type": "tool", "name": ask.tool_choice["function"]["name"]}
    if ask.parallel_tool_calls is False:
        choice["disable_parallel_tool_use"] = True
    return {"tools": told, "tool_choice": choice}


def _picture(reference: Reference) -> dict[str, Any]:
    path, media_type = content(reference)
    data = base64.b64encode(path.read_bytes()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
