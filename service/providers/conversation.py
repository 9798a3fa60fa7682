"""A conversation with a language model in no provider's words: what it is asked, and what it replies.

A turn is `{"role": "user" | "assistant" | "tool", "content": text}`; a user's may have `pictures` (places in
`Ask.pictures`), an assistant's `tool_calls` and a tool's `tool_call_id`, both as OpenAI has them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.providers.base import Reference

Turn = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to a language model.

    `turns` came before `prompt`, which is empty where the last turn is to be answered. `schema` is the JSON Schema that
    the whole answer holds to, None where plain text is wanted; the instructions say it too, for models that can't be
    held to one. `json` asks for any JSON object. `settings` are those of temperature, top_p, max_tokens, stop… that
    the caller gave. `pictures` have local copies; those that no turn names belong to the prompt. `tools` and
    `tool_choice` are OpenAI's, the choice None where the model decides.
    """

    instructions: str
    prompt: str
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    strict: bool | None = None
    json: bool = False
    turns: tuple[Turn, ...] = ()
    pictures: tuple[Reference, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None

    def shown_in(self, turn: Turn) -> tuple[Reference, ...]:
        """Return the pictures of a turn."""
        return tuple(self.pictures[place] for place in turn.get("pictures", ()))

    @property
    def shown(self) -> tuple[Reference, ...]:
        """The pictures of the prompt."""
        elsewhere = {place for turn in self.turns for place in turn.get("pictures", ())}
        return tuple(picture for place, picture in enumerate(self.pictures) if place not in elsewhere)

    @property
    def asks(self) -> bool:
        """Return whether there is a prompt beside the turns."""
        return bool(self.prompt or self.shown or not self.turns)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a language model.

    `reason` is why it ended, in OpenAI's words; `usage` counts its tokens as OpenAI does, None where the provider tells
    nothing; `calls` are the tool calls, as OpenAI has them; `refusal` says why the model does not answer.
    """

    text: str
    reason: str = "stop"
    calls: tuple[Mapping[str, Any], ...] = ()
    usage: Mapping[str, Any] | None = None
    refusal: str | None = None

    @property
    def empty(self) -> bool:
        """Return whether it says nothing at all, though it was not cut short."""
        return not (self.text.strip() or self.calls or self.refusal or self.reason == "length")


def call(call_id: str, name: str, arguments: Any) -> dict[str, Any]:
    """Return a tool call as OpenAI has it; `arguments` are an object, or its JSON."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": text}}


def arguments_of(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tool call's arguments as an object; what is no object becomes one."""
    try:
        value = json.loads(made["function"]["arguments"] or "{}")
    except ValueError:
        value = {"arguments": made["function"]["arguments"]}
    return value if isinstance(value, dict) else {"arguments": value}


def usage(prompt: Any, completion: Any, **details: Any) -> dict[str, Any] | None:
    """Return tokens as OpenAI counts them; None where the provider told none."""
    if not isinstance(prompt, int) or not isinstance(completion, int):
        return None
    told = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return told | {name: value for name, value in details.items() if value}


def transcript(ask: Ask) -> str:
    """Return the whole conversation as one text, for models that take no turns."""
    said = [f"{str(turn['role']).capitalize()}: {spoken(turn)}" for turn in ask.turns]
    if not said:
        return ask.prompt
    return "\n\n".join((*said, *([f"User: {ask.prompt}"] if ask.asks else []), "Assistant:"))


def spoken(turn: Turn) -> str:
    """Return what a turn says, its tool calls in words."""
    calls: Sequence[Mapping[str, Any]] = turn.get("tool_calls") or ()
    words = [f"(calls {made['function']['name']} with {made['function']['arguments']})" for made in calls]
    return "\n".join(part for part in (turn.get("content") or "", *words) if part)
