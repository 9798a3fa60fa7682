"""Texts from language models: what is asked, and the answer held to the generator's schema, with one repair.

A provider brings one function, `complete(ask) -> str`, one paid call each; everything else is the same for all.
Source: issue «Real providers» (structured output, one repair attempt); generor-api, `generator_data`.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from service.definitions.caller_schemas import Checker, wrapped
from service.errors import ProviderError
from service.providers.base import Artifact, Made, NotNow, Reference, Task
from service.providers.faults import unknown, unusable

# What a text engine is told of the creations that a new one continues.
_CONTINUED = {"character": "The character", "original": "The original to translate", "parent": "What it belongs to"}
_SETTINGS = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens", "stop", "thinking_mode")
_FENCE = "```"
WAIT_S = 240.0
# No further free text of a batch is begun after this: a step of a worker has its limit.
PLAIN_S = 300.0
# Longer than any model writes: what is longer is not read.
MOST_ANSWER = 4_000_000


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to a language model, in no provider's words.

    `schema` is the JSON Schema that the whole answer holds to, None where plain text is wanted; the instructions say
    it too, for models that can't be held to one. `turns` came before, each {"role": user|assistant, "content"}.
    `settings` are those of temperature, top_p, max_tokens, stop… that the caller gave. `pictures` have local copies.
    """

    instructions: str
    prompt: str
    schema: dict[str, Any] | None = None
    turns: tuple[Mapping[str, str], ...] = ()
    pictures: tuple[Reference, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


Complete = Callable[[Ask], str]


def written(task: Task, provider: str, complete: Complete) -> Made:
    """The task's items by as many calls as they need: one for a batch, one more where its answer does not fit.

    Raises ProviderError where no item fits after the repair, and what `complete` raises at its first call.
    """
    engine, schema = f"{provider}/{task.model}", task.params.get("schema")
    if schema is None:
        return Made(tuple(_plain(task, engine, complete)))
    asking = ask(task)
    answer = complete(asking)
    items, fault = read(answer, schema, task.count)
    if fault is not None:
        items, fault = _repaired(asking, answer, fault, schema, task.count, provider, complete)
    lacking = [Artifact(n, engine, error=fault or "it was not written") for n in range(len(items), task.count)]
    if not items:
        raise unusable(provider, fault or "an empty answer")
    return Made((*(Artifact(n, engine, fields=item) for n, item in enumerate(items)), *lacking))


def ask(task: Task) -> Ask:
    """The question that a text or vision task is."""
    params, schema = task.params, task.params.get("schema")
    told = [f"{what}: {json.dumps(params[name])}" for name, what in _CONTINUED.items() if params.get(name)]
    language = params.get("language")
    if language not in (None, "", "auto"):
        told.append(f"Write every text in this language: {language}.")
    instructions, prompt = str(params.get("instructions") or ""), task.prompt
    if schema is not None:
        # A generator's instructions are its whole filled-in template, the caller's own words in it.
        prompt, instructions = "\n\n".join(part for part in (instructions or prompt, *told) if part), _as_json(task)
    elif told:
        instructions = "\n\n".join((instructions, *told)).strip()
    return Ask(
        instructions,
        prompt,
        None if schema is None else batch_schema(schema),
        tuple(params.get("messages") or ()),
        tuple(one for one in task.references if one.role in ("image", "reference_image")),
        {name: params[name] for name in _SETTINGS if params.get(name) is not None},
    )


def transcript(asking: Ask) -> str:
    """The whole conversation as one text, for models that take no turns."""
    said = [f"{turn['role'].capitalize()}: {turn['content']}" for turn in asking.turns]
    return "\n\n".join((*said, f"User: {asking.prompt}", "Assistant:")) if said else asking.prompt


def awaited(provider: str, take: Callable[[], str | None], limit_s: float = WAIT_S) -> str:
    """The text of a call that was sent and is answered later: `take` until it is there.

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
        return orjson.loads(_unfenced(answer))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the answer is no JSON ({error.msg} at character {error.pos})") from None


def _plain(task: Task, engine: str, complete: Complete) -> list[Artifact]:
    """Free text: one call an item. What is there already is not lost to a later call that fails."""
    asking, made = ask(task), list[Artifact]()
    deadline = time.monotonic() + PLAIN_S
    for index in range(task.count):
        try:
            if made and time.monotonic() > deadline:
                raise ProviderError("There was no time left to write it.")
            made.append(Artifact(index, engine, fields={"text": complete(asking).strip()}))
        except ProviderError as failure:
            if not made:
                raise
            made += [Artifact(n, engine, error=failure.message) for n in range(index, task.count)]
            break
    return made


def _repaired(
    asking: Ask,
    answer: str,
    fault: str,
    schema: Mapping[str, Any],
    count: int,
    provider: str,
    complete: Complete,
) -> tuple[list[dict[str, Any]], str | None]:
    """Ask once more, with what was wrong. The first call was paid: whatever fails here, it is not sent again."""
    turns = (*asking.turns, {"role": "user", "content": asking.prompt}, {"role": "assistant", "content": answer})
    again = f"That can't be used: {fault}. Answer the whole JSON again, corrected, and nothing else."
    try:
        second = complete(replace(asking, turns=turns, prompt=again))
    except NotNow as busy:
        raise unusable(provider, f"{fault}, and it takes no second question now") from busy
    kept, _ = read(answer, schema, count)
    items, remaining = read(second, schema, count)
    return (items, remaining) if len(items) >= len(kept) else (kept, fault)


def _as_json(task: Task) -> str:
    schema = json.dumps(batch_schema(task.params["schema"]), ensure_ascii=False)
    many = "one item" if task.count == 1 else f"exactly {task.count} items, each clearly different from the others"
    return (
        f"You write for a text generator. Answer with JSON only, no code fence and no words around it, that holds to "
        f"this JSON Schema, with {many}:\n{schema}\nEvery string is finished text for readers, without Markdown."
    )


def _unfenced(answer: str) -> str:
    """The answer without the code fence that models like to put around JSON."""
    text = answer.strip()
    if not text.startswith(_FENCE):
        return text
    return text.removeprefix(_FENCE).partition("\n")[2].rpartition(_FENCE)[0]
