"""A chat completion worded as OpenAI's `response`, whole and as a stream's events."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any

from service.apis.flixly.completions import OWN, WORDS
from service.apis.openai.kept_responses import CALL, MESSAGE, RUN, response_id

Json = dict[str, Any]
# What a response repeats of its request, and what stands there where the caller left it out.
REPEATED: Mapping[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def made_response(run_id: str, completion: Mapping[str, Any], finished_at: int) -> Json:
    """Return what was made as a `response`, without what it repeats of its request."""
    choice = completion["choices"][0]
    reason = INCOMPLETE.get(choice["finish_reason"])
    return {
        "id": response_id(run_id),
        "object": "response",
        "created_at": completion["created"],
        "completed_at": None if reason else finished_at // 1000,
        "status": "incomplete" if reason else "completed",
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": completion["model"],
        "output": list(_items(run_id.removeprefix(RUN), choice["message"], reason)),
        "usage": _usage(completion["usage"]),
        **{name: completion[name] for name in OWN if name in completion},
    }


def shown(values: Mapping[str, Any], run: Mapping[str, Any]) -> Json:
    """Return the response of a run as it stands, with what it repeats of its request."""
    sent = {name: values[name] for name in REPEATED if values.get(name) is not None}
    made = run["output"] if run["status"] == "completed" else _unmade(values, run)
    return {**REPEATED, **sent, "metadata": run["metadata"] or {}, **made}


def _unmade(values: Mapping[str, Any], run: Mapping[str, Any]) -> Json:
    """Return the response of a run that has not completed."""
    status = {"queued": "queued", "running": "in_progress", "canceled": "cancelled"}.get(run["status"], "failed")
    error = run["error"] if status == "failed" else None
    return {
        "id": response_id(run["id"]),
        "object": "response",
        "created_at": int(datetime.fromisoformat(run["created_at"]).timestamp()),
        "completed_at": None,
        "status": status,
        "error": error and {"code": "server_error", "message": error["message"]},
        "incomplete_details": None,
        "model": values["model"],
        "output": [],
        "usage": None,
    }


def events(response: Json) -> Iterator[Json]:
    """Yield a response's events in OpenAI's order: created, each item piece by piece, and its end."""
    numbers = count()
    begun = response | {"status": "in_progress", "completed_at": None, "output": [], "usage": None}
    begun["incomplete_details"] = None
    ended = [{"type": f"response.{response['status']}", "response": response}]
    opening = [{"type": f"response.{name}", "response": begun} for name in ("created", "in_progress")]
    items = (event for n, item in enumerate(response["output"]) for event in _item_events(n, item))
    for part in (opening, items, ended):
        yield from ({**event, "sequence_number": next(numbers)} for event in part)


def _items(suffix: str, message: Mapping[str, Any], reason: str | None) -> Iterator[Json]:
    parts: list[Json] = []
    if message["content"]:
        parts.append({"type": "output_text", "text": message["content"], "annotations": [], "logprobs": []})
    if message.get("refusal"):
        parts.append({"type": "refusal", "refusal": message["refusal"]})
    calls = message.get("tool_calls") or ()
    if parts or not calls:
        status = "incomplete" if reason else "completed"
        told = {"id": MESSAGE + suffix, "type": "message", "status": status, "role": "assistant"}
        yield told | {"content": parts}
    for n, call in enumerate(calls):
        function = call["function"]
        told = {"id": f"{CALL}{suffix}_{n}", "type": "function_call", "status": "completed", "call_id": call["id"]}
        yield told | {"name": function["name"], "arguments": function["arguments"]}


def _usage(usage: Mapping[str, Any]) -> Json:
    given, written = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    return {
        "input_tokens": usage["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": given.get("cached_tokens") or 0, "cache_write_tokens": 0},
        "output_tokens": usage["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": written.get("reasoning_tokens") or 0},
        "total_tokens": usage["total_tokens"],
    }


def _item_events(n: int, item: Json) -> Iterator[Json]:
    at = {"output_index": n}
    empty: Json = {"content": []} if item["type"] == "message" else {"arguments": ""}
    yield {"type": "response.output_item.added", **at, "item": {**item, "status": "in_progress", **empty}}
    at["item_id"] = item["id"]
    if item["type"] == "message":
        for place, part in enumerate(item["content"]):
            yield from _part_events({**at, "content_index": place}, part)
    else:
        yield {"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]}
        told = {"name": item["name"], "arguments": item["arguments"]}
        yield {"type": "response.function_call_arguments.done", **at, **told}
    yield {"type": "response.output_item.done", "output_index": n, "item": item}


def _part_events(at: Json, part: Json) -> Iterator[Json]:
    member = "text" if part["type"] == "output_text" else "refusal"
    kind = f"response.{part['type']}"
    logprobs: Json = {"logprobs": []} if member == "text" else {}
    yield {"type": "response.content_part.added", **at, "part": {**part, member: ""}}
    for piece in WORDS.findall(part[member]):
        yield {"type": f"{kind}.delta", **at, "delta": piece, **logprobs}
    yield {"type": f"{kind}.done", **at, member: part[member], **logprobs}
    yield {"type": "response.content_part.done", **at, "part": part}
