"""Chat completions in the OpenAI shape: the whole answer, and the same answer as chunks.

Source: OpenAI's chat completions reference; contract, section 1 (`POST /api/v1/chat/completions`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from service.generation.made import Made, MadeItem
from service.generation.order import Order

BYTES_A_TOKEN = 4
PREFIX, RUN_PREFIX = "chatcmpl-", "run_"
WORDS = re.compile(r"\S+\s*|\s+")
# What a completion says beside OpenAI's members; the last chunk says it too.
OWN = ("credits_used", "credits_remaining", "provider_used", "sandbox", "lacking")
Json = dict[str, Any]


def completion_id(run_id: str) -> str:
    """A run's id as OpenAI's clients expect one of a completion."""
    return PREFIX + run_id.removeprefix(RUN_PREFIX)


def run_id_of(task_id: str) -> str:
    """The run behind a task's or a completion's id."""
    return RUN_PREFIX + task_id.removeprefix(PREFIX) if task_id.startswith(PREFIX) else task_id


def is_chat(order: Order) -> bool:
    """Whether the order is a chat completion's."""
    return "chat" in order.facts


def tokens(text: str) -> int:
    """About how many tokens `text` has: what made it counts in its own, and tells nobody here."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def completion(order: Order, made: Made) -> Json:
    """The `chat.completion`: one choice for each item that was made."""
    chat = order.facts["chat"]
    choices = [_choice(order, item) for item in made.there]
    written = sum(tokens(choice["message"]["content"]) for choice in choices)
    lacking = {"lacking": made.lacking()} if made.lacking() else {}
    return {
        "id": completion_id(made.run_id),
        "object": "chat.completion",
        "created": made.created_at // 1000,
        "model": order.facts["model"],
        "choices": choices,
        "usage": {
            "prompt_tokens": chat["prompt_tokens"],
            "completion_tokens": written,
            "total_tokens": chat["prompt_tokens"] + written,
        },
        "system_fingerprint": made.engine,
        "credits_used": made.credits,
        "credits_remaining": made.balance,
        "provider_used": order.provider,
        "sandbox": order.sandbox,
        **lacking,
    }


def chunks(output: Mapping[str, Any], with_usage: bool) -> Iterator[Json]:
    """The completion as `chat.completion.chunk`s: each choice's role, words and end, and the usage where asked."""
    head = {name: output[name] for name in ("id", "created", "model", "system_fingerprint")}
    head = {"id": head.pop("id"), "object": "chat.completion.chunk", **head}
    usage = {"usage": None} if with_usage else {}
    own = {name: output[name] for name in OWN if name in output}
    last = len(output["choices"]) - 1
    for place, choice in enumerate(output["choices"]):
        for delta in ({"role": "assistant", "content": ""}, *_words(choice["message"]["content"])):
            yield {**head, "choices": [_part(choice["index"], delta, None)], **usage}
        end = {**head, "choices": [_part(choice["index"], {}, choice["finish_reason"])], **usage}
        yield end | own if place == last else end
    if with_usage:
        yield {**head, "choices": [], "usage": output["usage"]}


def _words(text: str) -> Iterator[Json]:
    yield from ({"content": word} for word in WORDS.findall(text))


def _part(index: int, delta: Json, reason: str | None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}


def _choice(order: Order, item: MadeItem) -> Json:
    chat = order.facts["chat"]
    fields = item.fields or {}
    written = orjson.dumps(fields).decode() if chat["json"] else str(fields.get("text") or "")
    text = _before(written, chat["stop"])
    reason = "stop"
    # Real models keep to the limit in their own tokens; the embedded engine knows none.
    if order.sandbox and chat["max_tokens"] is not None and tokens(text) > chat["max_tokens"]:
        text, reason = _cut(text, chat["max_tokens"]), "length"
    message = {"role": "assistant", "content": text, "refusal": None}
    return {"index": item.index, "message": message, "logprobs": None, "finish_reason": reason}


def _before(text: str, stops: Sequence[str]) -> str:
    """The text up to the first of the stop sequences."""
    return text[: min((text.index(stop) for stop in stops if stop in text), default=len(text))]


def _cut(text: str, most: int) -> str:
    return text.encode()[: most * BYTES_A_TOKEN].decode(errors="ignore")
