"""Chat completions in the OpenAI shape: the whole answer, and the same answer as chunks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from service.apis.flixly.older_tools import as_function_call
from service.generation.made import MadeItem, MadeRun
from service.generation.order import Order

BYTES_A_TOKEN = 4
PREFIX, RUN_PREFIX = "chatcmpl-", "run_"
WORDS = re.compile(r"\S+\s*|\s+")
# What a completion says beside OpenAI's members; the last chunk says it too.
OWN = ("credits_used", "credits_remaining", "provider_used", "sandbox", "lacking")
COUNTED = ("prompt_tokens", "completion_tokens", "total_tokens")
Json = dict[str, Any]


def completion_id(run_id: str) -> str:
    """Return a run's id as OpenAI's clients expect one of a completion."""
    return PREFIX + run_id.removeprefix(RUN_PREFIX)


def run_id_of(task_id: str) -> str:
    """Return the run behind a task's or a completion's id."""
    return RUN_PREFIX + task_id.removeprefix(PREFIX) if task_id.startswith(PREFIX) else task_id


def is_chat(order: Order) -> bool:
    """Return whether the order is a chat completion's."""
    return "chat" in order.facts


def tokens(text: str) -> int:
    """Estimate the tokens of `text`, where what made it tells no count of its own."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def completion(order: Order, made: MadeRun) -> Json:
    """Return the `chat.completion`: one choice for each item that was made."""
    choices = [_choice(order, item) for item in made.there]
    lacking = {"lacking": made.lacking()} if made.lacking() else {}
    return {
        "id": completion_id(made.run_id),
        "object": "chat.completion",
        "created": made.created_at // 1000,
        "model": order.facts["model"],
        "choices": choices,
        "usage": _usage(order, made, choices),
        "system_fingerprint": made.engine,
        "credits_used": made.credits,
        "credits_remaining": made.balance,
        "provider_used": order.provider,
        "sandbox": order.sandbox,
        **lacking,
    }


def chunks(output: Mapping[str, Any], with_usage: bool) -> Iterator[Json]:
    """Yield the completion as `chat.completion.chunk`s: each choice's role, words, calls and end, and the usage."""
    head = {name: output[name] for name in ("id", "created", "model", "system_fingerprint")}
    head = {"id": head.pop("id"), "object": "chat.completion.chunk", **head}
    usage = {"usage": None} if with_usage else {}
    own = {name: output[name] for name in OWN if name in output}
    last = len(output["choices"]) - 1
    for place, choice in enumerate(output["choices"]):
        for delta in _deltas(choice["message"]):
            yield {**head, "choices": [_part(choice["index"], delta, None)], **usage}
        end = {**head, "choices": [_part(choice["index"], {}, choice["finish_reason"])], **usage}
        yield end | own if place == last else end
    if with_usage:
        yield {**head, "choices": [], "usage": output["usage"]}


def _deltas(message: Mapping[str, Any]) -> Iterator[Json]:
    yield {"role": "assistant", "content": None if message["content"] is None else ""}
    yield from ({"content": word} for word in WORDS.findall(message["content"] or ""))
    if message.get("refusal"):
        yield {"refusal": message["refusal"]}
    if call := message.get("function_call"):
        yield {"function_call": {**call, "arguments": ""}}
        yield {"function_call": {"arguments": call["arguments"]}}
    for index, made in enumerate(message.get("tool_calls") or ()):
        begun = {**made, "function": {**made["function"], "arguments": ""}}
        yield {"tool_calls": [{"index": index, **begun}]}
        yield {"tool_calls": [{"index": index, "function": {"arguments": made["function"]["arguments"]}}]}


def _part(index: int, delta: Json, reason: str | None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}


def _choice(order: Order, item: MadeItem) -> Json:
    fields = item.fields or {}
    reply = None if order.sandbox else fields.get("reply")
    message, reason = _embedded(order, fields) if reply is None else _replied(order, reply)
    if order.facts["chat"].get("functions"):
        message, reason = as_function_call(message, reason)
    return {"index": item.index, "message": message, "logprobs": None, "finish_reason": reason}


def _embedded(order: Order, fields: Mapping[str, Any]) -> tuple[Json, str]:
    """Return what the embedded engine wrote: it knows no tokens, so the limit is kept to here."""
    chat = order.facts["chat"]
    text = _before(orjson.dumps(fields).decode() if chat["json"] else str(fields.get("text") or ""), chat["stop"])
    reason = "stop"
    if order.sandbox and chat["max_tokens"] is not None and tokens(text) > chat["max_tokens"]:
        text, reason = _cut(text, chat["max_tokens"]), "length"
    return {"role": "assistant", "content": text, "refusal": None}, reason


def _replied(order: Order, reply: Mapping[str, Any]) -> tuple[Json, str]:
    """Return what a language model replied, and why it ended, as its provider told."""
    calls = reply.get("tool_calls") or []
    text = _before(reply["text"], order.facts["chat"]["stop"])
    shortened = len(text) < len(reply["text"])
    silent = not text and (calls or reply.get("refusal"))
    message = {"role": "assistant", "content": None if silent else text, "refusal": reply.get("refusal")}
    return message | ({"tool_calls": calls} if calls else {}), "stop" if shortened else reply["finish_reason"]


def _usage(order: Order, made: MadeRun, choices: Sequence[Json]) -> Json:
    """The providers' own counts, added up; an estimate where one of them told none."""
    replies = [(item.fields or {}).get("reply") or {} for item in made.there]
    told: list[Json] = [reply.get("usage") or {} for reply in replies if not order.sandbox]
    if told and all(told):
        total = {name: sum(one[name] for one in told) for name in COUNTED}
        return {**told[0], **total} if len(told) == 1 else total
    written = sum(tokens(choice["message"]["content"] or "") for choice in choices)
    asked = order.facts["chat"]["prompt_tokens"]
    return dict(zip(COUNTED, (asked, written, asked + written), strict=True))


def _before(text: str, stops: Sequence[str]) -> str:
    """Return the text up to the first of the stop sequences."""
    return text[: min((text.index(stop) for stop in stops if stop in text), default=len(text))]


def _cut(text: str, most: int) -> str:
    return text.encode()[: most * BYTES_A_TOKEN].decode(errors="ignore")
