"""Reading chat completions in every shape that servers give them: texts in parts, calls half told, streams unasked.

Nothing that a server answers is trusted to be of the type that it should be.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from service.providers.conversation import Reply, call
from service.providers.faults import Fault, error_of, unusable
from service.providers.http import Answer

REASONS = ("stop", "length", "tool_calls", "content_filter")
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
LONGEST_NAME = 200
MOST_CALLS = 128
MOST_COUNT = 2**53
Json = Mapping[str, Any]


def completion_of(answer: Answer) -> Json | None:
    """The answer's completion; one that was streamed, though nobody asked for that, put together. None for neither."""
    if isinstance(answer.data, dict):
        return answer.data
    begins = answer.body[:64].lstrip()
    return _joined(answer.body) if begins.startswith((b"data:", b"event:", b":")) else None


def reply_of(name: str, completion: Json, shown: str) -> Reply:
    """The first choice. Raises RefusedByProvider where it is withheld, ProviderError where there is none to use.

    `shown` is the start of the answer, for messages.
    """
    listed = completion.get("choices")
    choice = listed[0] if isinstance(listed, list) and listed else None
    message = _message(choice)
    if message is None:
        raise unusable(name, f"no choice in {shown}")
    assert isinstance(choice, Mapping), "a message has a choice around it"
    reason = choice.get("finish_reason")
    if reason == "content_filter":
        raise error_of(name, Fault("moderation", "the answer was withheld by its content filter", reason))
    reply = Reply(
        _text(message.get("content")),
        reason if isinstance(reason, str) and reason in REASONS else "stop",
        tuple(_calls(message.get("tool_calls"))),
        _usage(completion.get("usage")),
        _text(message.get("refusal")) or None,
    )
    if reply.empty:
        raise unusable(name, "an answer without text", reason if isinstance(reason, str) else None)
    return reply


def _message(choice: Any) -> Json | None:
    """The message of a choice, which older servers give as a text alone."""
    if not isinstance(choice, Mapping):
        return None
    if isinstance(choice.get("message"), Mapping):
        return choice["message"]  # type: ignore[no-any-return]
    return {"content": choice["text"]} if isinstance(choice.get("text"), str) else None


def _text(content: Any) -> str:
    """The text of a message, or of its parts that are texts; databases keep no zero bytes."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, Mapping) and part.get("type") == "text")
        content = "".join(part for part in parts if isinstance(part, str))
    return content.replace("\0", "") if isinstance(content, str) else ""


def _calls(listed: Any) -> Iterator[dict[str, Any]]:
    """The tool calls as OpenAI has them: with an id, and their arguments in JSON."""
    for number, made in enumerate(listed[:MOST_CALLS] if isinstance(listed, list) else ()):
        function = made.get("function") if isinstance(made, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME:
            assert isinstance(made, Mapping), "what has a function"
            assert isinstance(function, Mapping), "what has a name"
            given = function.get("arguments")
            id = made.get("id")
            yield call(id if isinstance(id, str) and id else f"call_{number}", name, {} if given is None else given)


def _usage(told: Any) -> Json | None:
    """The counts of tokens as the server told them; None where they are none."""
    if not isinstance(told, Mapping) or not _is_count(told.get("total_tokens")):
        return None
    return {
        name: value
        for name, value in told.items()
        if value is not None and (name not in COUNTS or _is_count(value)) and len(orjson.dumps(value)) <= 2000
    }


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_COUNT


def _joined(body: bytes) -> Json | None:
    """Put a stream of events together as one completion; None where it holds no whole one."""
    text, reason, ended = [], None, False
    calls: dict[int, dict[str, Any]] = {}
    whole: dict[str, Any] = {}
    for event in _events(body):
        if event is None:
            ended = True
            continue
        if event.get("error"):
            return event
        whole |= {"usage": event["usage"]} if event.get("usage") else {}
        listed = event.get("choices")
        choice = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], Mapping) else {}
        delta = choice.get("delta")
        if isinstance(delta, Mapping):
            text.append(_text(delta.get("content")))
            _add_calls(calls, delta.get("tool_calls"))
        reason = choice.get("finish_reason") or reason
    if not ended and reason is None:
        return None
    message = {"content": "".join(text), "tool_calls": list(calls.values())}
    return {**whole, "choices": [{"message": message, "finish_reason": reason}]}


def _events(body: bytes) -> Iterator[Json | None]:
    """The events of a stream; None for its end. What can't be read is passed over."""
    for line in body.splitlines():
        data = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
        if data == b"[DONE]":
            yield None
        elif data:
            try:
                event = orjson.loads(data)
            except orjson.JSONDecodeError:
                continue
            if isinstance(event, dict):
                yield event


def _add_calls(calls: dict[int, dict[str, Any]], listed: Any) -> None:
    """Add the pieces of tool calls to those that came before."""
    for number, piece in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(piece, Mapping) or not isinstance(piece.get("function"), Mapping):
            continue
        place = piece["index"] if isinstance(piece.get("index"), int) else number
        made = calls.setdefault(place, {"id": None, "function": {"name": "", "arguments": ""}})
        made["id"] = piece.get("id") or made["id"]
        function = piece["function"]
        made["function"]["name"] += function["name"] if isinstance(function.get("name"), str) else ""
        given = function.get("arguments")
        made["function"]["arguments"] += given if isinstance(given, str) else "" if given is None else json.dumps(given)
