"""Texts from language models: the questions a task is, and the answers held to its schema, with one repair.

A provider brings one function, `complete(ask) -> Reply`, one paid call each; everything else is the same for all.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from service.definitions.caller_schemas import Checker, wrapped
from service.errors import ProviderError
from service.providers.base import Artifact, Made, NotNow, Task
from service.providers.conversation import Ask, Reply
from service.providers.faults import Fault, error_of, unknown, unusable

# How a text engine is told of the creations that a new one continues.
_CONTINUED = {"character": "The character", "original": "The original to translate", "parent": "What it belongs to"}
_SETTINGS = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens", "stop", "thinking_mode")
_FENCE = "```"
WAIT_S = 240.0
# No further free text of a batch is begun after this: a step of a worker has its limit.
PLAIN_S = 300.0
# Longer than any model writes: what is longer is not read.
MOST_ANSWER = 4_000_000
Complete = Callable[[Ask], Reply]


def written(task: Task, provider: str, complete: Complete) -> Made:
    """Make the task's items by as many calls as they need: one for a batch, one more where its answer does not fit.

    Raises ProviderError where no item fits after the repair, and what `complete` raises at its first call.
    """
    engine, schema = f"{provider}/{task.model}", task.params.get("schema")
    if "chat" in task.params:
        return Made(tuple(_each(task, engine, lambda asking: _replied(provider, asking, complete))))
    if schema is None:
        return Made(tuple(_each(task, engine, lambda asking: {"text": _text(provider, complete(asking)).strip()})))
    asking = ask(task)
    answer = _text(provider, complete(asking))
    items, fault = read(answer, schema, task.count)
    if fault is not None:
        items, fault = _repaired(asking, answer, fault, schema, task.count, provider, complete)
    lacking = [Artifact(n, engine, error=fault or "it was not written") for n in range(len(items), task.count)]
    if not items:
        raise unusable(provider, fault or "an empty answer")
    return Made((*(Artifact(n, engine, fields=item) for n, item in enumerate(items)), *lacking))


def ask(task: Task) -> Ask:
    """Return the question that a text or vision task is."""
    params, schema = task.params, task.params.get("schema")
    told = [f"{what}: {json.dumps(params[name])}" for name, what in _CONTINUED.items() if params.get(name)]
    language = params.get("language")
    if language not in (None, "", "auto"):
        told.append(f"Write every text in this language: {language}.")
    instructions, prompt = str(params.get("instructions") or ""), task.prompt
    chat = params.get("chat")
    if schema is not None and chat is None:
        # A generator's instructions are its whole filled-in template, the caller's own words in it.
        prompt, instructions = "\n\n".join(part for part in (instructions or prompt, *told) if part), _as_json(task)
    elif told:
        instructions = "\n\n".join((instructions, *told)).strip()
    asking = Ask(
        instructions,
        prompt,
        None if schema is None else schema if chat is not None else batch_schema(schema),
        turns=tuple(params.get("messages") or ()),
        pictures=tuple(one for one in task.references if one.role in ("image", "reference_image")),
        settings={name: params[name] for name in _SETTINGS if params.get(name) is not None},
    )
    return asking if chat is None else _chatting(asking, chat)


def _chatting(asking: Ask, chat: Mapping[str, Any]) -> Ask:
    """The question with what only chats have."""
    held = [asking.instructions]
    if asking.schema is not None:
        held.append(f"Answer with JSON only that holds to this JSON Schema:\n{json.dumps(asking.schema)}")
    elif chat.get("json"):
        held.append("Answer with one JSON object and nothing else.")
    return replace(
        asking,
        instructions="\n\n".join(part for part in held if part),
        schema_name=chat.get("schema_name") or "answer",
        strict=chat.get("strict"),
        json=bool(chat.get("json")),
        tools=tuple(chat.get("tools") or ()),
        tool_choice=chat.get("tool_choice"),
        parallel_tool_calls=chat.get("parallel_tool_calls"),
    )


def awaited(provider: str, take: Callable[[], str | None], limit_s: float = WAIT_S) -> str:
    """Return the text of a call that was sent and is answered later: `take` until it is there.

    Raises OutcomeUnknown after `limit_s`; never NotNow, which would have the call sent again.
    """
    deadline, pause = time.monotonic() + limit_s, 0.2
    while time.monotonic() < deadline:
        try:
            text = take()
        except NotNow:
            text = None
        if text is not None:
            return text
        time.sleep(pause)
        pause = min(2.0, pause * 1.5)
    raise unknown(provider, f"no answer within {limit_s:g} s")


def batch_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a whole answer: {"items": [one, …]}, the definitions of `schema` at its root."""
    return wrapped(schema, _batch)


def _batch(one: Mapping[str, Any]) -> dict[str, Any]:
    items = {"items": {"type": "array", "items": dict(one)}}
    return {"type": "object", "properties": items, "required": ["items"], "additionalProperties": False}


def read(answer: str, schema: Mapping[str, Any], count: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return the leading items of an answer that fit, `count` at most, and what is wrong with it, None for nothing."""
    try:
        value = json_of(answer)
    except ValueError as error:
        return [], str(error)
    found = value.get("items", [value]) if isinstance(value, dict) else value
    if not isinstance(found, list):
        return [], "items must be an array"
    checker, items = Checker(schema), list[dict[str, Any]]()
    for number, item in enumerate(found[:count]):
        wrong = checker.fault(item) if isinstance(item, dict) else ": it must be an object"
        if wrong is not None:
            return items, f"items[{number}]{wrong}"
        items.append(item)
    return items, None if len(items) == count else f"there are {len(items)} items in place of {count}"


def json_of(answer: str) -> Any:
    """Return the JSON of a model's answer, without a code fence around it. Raises ValueError in words for the model."""
    if len(answer) > MOST_ANSWER:
        raise ValueError(f"the answer has over {MOST_ANSWER} characters")
    try:
        return orjson.loads(unfenced(answer))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the answer is no JSON ({error.msg} at character {error.pos})") from None


def _each(task: Task, engine: str, make: Callable[[Ask], dict[str, Any]]) -> list[Artifact]:
    """Make each item by a call of its own. What is there already is not lost to a later call that fails."""
    asking, made = ask(task), list[Artifact]()
    deadline = time.monotonic() + PLAIN_S
    for index in range(task.count):
        try:
            if made and time.monotonic() > deadline:
                raise ProviderError("There was no time left to write it.")
            made.append(Artifact(index, engine, fields=make(asking)))
        except ProviderError as failure:
            if not made:
                raise
            made += [Artifact(n, engine, error=failure.message) for n in range(index, task.count)]
            break
    return made


def _text(provider: str, reply: Reply) -> str:
    """Return what a reply says. Raises RefusedByProvider, and ProviderError where it says nothing."""
    if reply.refusal:
        raise error_of(provider, Fault("moderation", reply.refusal, "refusal"))
    if not reply.text.strip():
        raise unusable(provider, "an answer without text", reply.reason)
    return reply.text


def _replied(provider: str, asking: Ask, complete: Complete) -> dict[str, Any]:
    """Return a chat's reply, held to its schema where it has one and ended by itself."""
    reply = complete(asking)
    if reply.empty:
        raise unusable(provider, "an answer without text", reply.reason)
    fault = _misfit(asking, reply)
    if fault is not None:
        first = reply
        reply = _again(asking, reply.text, fault, provider, complete)
        if (remaining := _misfit(asking, reply)) is not None:
            raise unusable(provider, remaining)
        reply = replace(reply, usage=_sum(first.usage, reply.usage))
    wants_json = asking.schema is not None or asking.json
    text = unfenced(reply.text) if wants_json else reply.text
    told = {"text": text, "finish_reason": reply.reason, "tool_calls": list(reply.calls), "usage": reply.usage}
    return {"reply": told | {"refusal": reply.refusal}}


def _misfit(asking: Ask, reply: Reply) -> str | None:
    """Return what is wrong with a reply that was to be JSON; one that was cut short or calls tools is left as it is."""
    if (asking.schema is None and not asking.json) or reply.refusal or reply.calls or reply.reason == "length":
        return None
    try:
        value = json_of(reply.text)
    except ValueError as error:
        return str(error)
    fault = Checker(asking.schema or {"type": "object"}).fault(value)
    return None if fault is None else f"the answer{fault}"


def _sum(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Add up the tokens of two calls."""
    if one is None or other is None:
        return one or other
    counts = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {name: one.get(name, 0) + other.get(name, 0) for name in counts}


def _repaired(
    asking: Ask,
    answer: str,
    fault: str,
    schema: Mapping[str, Any],
    count: int,
    provider: str,
    complete: Complete,
) -> tuple[list[dict[str, Any]], str | None]:
    """Ask once more, and keep the answer with more items that fit."""
    second = _text(provider, _again(asking, answer, fault, provider, complete))
    kept, _ = read(answer, schema, count)
    items, remaining = read(second, schema, count)
    return (items, remaining) if len(items) >= len(kept) else (kept, fault)


def _again(asking: Ask, answer: str, fault: str, provider: str, complete: Complete) -> Reply:
    """Ask once more, with what was wrong. The first call was paid: whatever fails here, it is not sent again."""
    turns: tuple[Mapping[str, Any], ...] = asking.turns
    if asking.asks:
        places = [place for place, picture in enumerate(asking.pictures) if picture in asking.shown]
        turns = (*turns, {"role": "user", "content": asking.prompt, **({"pictures": places} if places else {})})
    turns = (*turns, {"role": "assistant", "content": answer})
    again = f"That can't be used: {fault}. Answer the whole JSON again, corrected, and nothing else."
    try:
        return complete(replace(asking, turns=turns, prompt=again))
    except NotNow as busy:
        raise unusable(provider, f"{fault}, and it takes no second question now") from busy


def _as_json(task: Task) -> str:
    schema = json.dumps(batch_schema(task.params["schema"]), ensure_ascii=False)
    many = "one item" if task.count == 1 else f"exactly {task.count} items, each clearly different from the others"
    return (
        f"You write for a text generator. Answer with JSON only, no code fence and no words around it, that holds to "
        f"this JSON Schema, with {many}:\n{schema}\nEvery string is finished text for readers, without Markdown."
    )


def unfenced(answer: str) -> str:
    """Return the answer without the code fence that models like to put around JSON."""
    text = answer.strip()
    if not text.startswith(_FENCE):
        return text
    return text.removeprefix(_FENCE).partition("\n")[2].rpartition(_FENCE)[0]
