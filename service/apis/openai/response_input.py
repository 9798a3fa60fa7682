"""A response's input, as OpenAI's clients send it, read as the members of a chat completion.

A response and a chat completion ask for the same thing in other members: `input` and `instructions` are `messages`,
`text.format` is `response_format`, a tool stands without its `function`. What is said of a member of the chat is told
of the member that the caller sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from service.apis.openai.kept_responses import PREVIOUS
from service.errors import Problem, ValidationError
from service.generation.order import Order

Json = dict[str, Any]
# Parts of an item by what a chat calls them.
TEXTS = ("input_text", "output_text", "text", "summary_text", "reasoning_text")
SAME = ("model", "temperature", "top_p", "parallel_tool_calls", "seed")
# Where members of a chat stand in a response.
MOVED = {
    "/messages": "/input",
    "/response_format/json_schema": "/text/format",
    "/response_format": "/text/format",
    "/tool_choice/function": "/tool_choice",
}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The members of a chat completion, and where each of them stands in what the caller sent."""

    values: Json
    moved: Mapping[str, str]

    @contextmanager
    def told_of_the_input(self) -> Iterator[None]:
        """Move the pointers of a ValidationError raised inside to the members that the caller sent."""
        try:
            yield
        except ValidationError as error:
            error.errors = tuple(Problem(self.sent(one.pointer), one.message) for one in error.errors)
            raise

    def placed(self, order: Order) -> Order:
        """Return the order with the places of its pictures in what the caller sent."""
        references = tuple(replace(one, at=self.sent(one.at) if one.at else one.at) for one in order.task.references)
        return replace(order, task=replace(order.task, references=references))

    def sent(self, pointer: str) -> str:
        """Return where a member of the chat stands in what the caller sent; the nearest one that is known."""
        known = [name for name in self.moved if pointer == name or pointer.startswith(name + "/")]
        nearest = max(known, key=len, default="")
        place = self.moved.get(nearest, "")
        # What the items before hold is no part of what was sent.
        return PREVIOUS if place.startswith(PREVIOUS) else place + pointer.removeprefix(nearest)


def as_chat(values: Mapping[str, Any], earlier: Sequence[Json]) -> ChatRequest:
    """Read a response's request as a chat's, after the items of the response that it follows.

    Raises ValidationError naming the member that is not taken here.
    """
    reading = _Reading()
    if values.get("instructions"):
        reading.say_text("/instructions", "system", values["instructions"])
    for item in earlier:
        reading.item(PREVIOUS, item)
    given = values["input"]
    if isinstance(given, str):
        reading.say_text("/input", "user", given)
    else:
        for n, item in enumerate(given):
            reading.item(f"/input/{n}", item)
    tools = [{"type": "function", "function": _function(tool)} for tool in values.get("tools") or ()]
    moved = {f"/tools/{n}/function": f"/tools/{n}" for n in range(len(tools))}
    chat = {name: values[name] for name in SAME if values.get(name) is not None}
    told = {
        "messages": reading.messages,
        "max_completion_tokens": values.get("max_output_tokens"),
        "response_format": _format((values.get("text") or {}).get("format")),
        "tools": tools,
        "tool_choice": _choice(values.get("tool_choice"), moved),
    }
    chat |= {name: value for name, value in told.items() if value}
    return ChatRequest(chat, {**MOVED, "/max_completion_tokens": "/max_output_tokens", **moved, **reading.moved})


@dataclass(slots=True)
class _Reading:
    """The messages that were read so far, and where each of their members stands."""

    messages: list[Json] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)

    def say(self, at: str, message: Json) -> None:
        """Add a message that stands at this place."""
        self.moved[f"/messages/{len(self.messages)}"] = at
        self.messages.append(message)

    def say_text(self, at: str, role: str, text: str) -> None:
        """Add a message whose text alone stands at this place."""
        self.moved[f"/messages/{len(self.messages)}/content"] = at
        self.say(at, {"role": role, "content": text})

    def item(self, at: str, item: Mapping[str, Any]) -> None:
        """Read one item. Raises ValidationError at the member that is not taken."""
        kind = item.get("type") or "message"
        if kind == "message":
            self._message(at, item)
        elif kind == "function_call":
            self._call(at, item)
        elif kind == "function_call_output":
            self._result(at, item)
        # A model's reasoning is its own: what OpenAI's clients send back of it says nothing to another model.

    def _message(self, at: str, item: Mapping[str, Any]) -> None:
        content, number = item["content"], len(self.messages)
        if not isinstance(content, str):
            content = [self._part(f"{at}/content/{n}", number, n, part) for n, part in enumerate(content)]
        self.say(at, {"role": item["role"], "content": content})

    def _part(self, at: str, message: int, n: int, part: Mapping[str, Any]) -> Json:
        kind, chat = part["type"], f"/messages/{message}/content/{n}"
        if kind in TEXTS or kind == "refusal":
            name = "refusal" if kind == "refusal" else "text"
            return {"type": name, name: part[name]}
        held = "file_data" if kind == "input_file" else "image_url"
        if not part.get(held):
            words = f"{held} must hold the file itself" if kind == "input_file" else "image_url must be an address"
            raise ValidationError.at(f"{at}/{held}", f"{words}; file_id and file_url name nothing that is kept here")
        if kind == "input_file":
            self.moved[f"{chat}/file/file_data"] = f"{at}/file_data"
            named = part.get("filename") or part.get("file_name")
            return {"type": "file", "file": {"file_data": part["file_data"], "filename": named}}
        self.moved[f"{chat}/image_url/url"] = f"{at}/image_url"
        return {"type": "image_url", "image_url": {"url": part["image_url"], "detail": part.get("detail")}}

    def _call(self, at: str, item: Mapping[str, Any]) -> None:
        """Read a call; those that stand together are one message, as one answer made them."""
        self.called.add(item["call_id"])
        function = {"name": item["name"], "arguments": item["arguments"]}
        call = {"id": item["call_id"], "type": "function", "function": function}
        if not self.messages or "tool_calls" not in self.messages[-1]:
            self.say(at, {"role": "assistant", "content": None, "tool_calls": []})
        calls = self.messages[-1]["tool_calls"]
        self.moved[f"/messages/{len(self.messages) - 1}/tool_calls/{len(calls)}"] = at
        calls.append(call)

    def _result(self, at: str, item: Mapping[str, Any]) -> None:
        if item["call_id"] not in self.called:
            raise ValidationError.at(f"{at}/call_id", "call_id answers no function_call before it")
        output = item.get("output") or ""
        if not isinstance(output, str):
            for n, part in enumerate(output):
                if part["type"] not in TEXTS:
                    words = "a function's output is text here; send the picture or file in a user's message"
                    raise ValidationError.at(f"{at}/output/{n}/type", words)
            output = "\n".join(part["text"] for part in output)
        self.say(at, {"role": "tool", "tool_call_id": item["call_id"], "content": output})


def _function(tool: Mapping[str, Any]) -> Json:
    return {name: tool[name] for name in ("name", "description", "parameters", "strict") if tool.get(name) is not None}


def _format(wanted: Mapping[str, Any] | None) -> Json | None:
    if wanted is None or wanted["type"] != "json_schema":
        return dict(wanted) if wanted else None
    named = {name: wanted[name] for name in ("name", "schema", "strict") if name in wanted}
    return {"type": "json_schema", "json_schema": named}


def _choice(choice: Any, moved: dict[str, str]) -> Any:
    """Read who chooses among the tools; adds to `moved` where the tools that are allowed stand."""
    if not isinstance(choice, Mapping):
        return choice
    if choice["type"] == "function":
        return {"type": "function", "function": {"name": choice["name"]}}
    allowed = [{"type": "function", "function": {"name": tool["name"]}} for tool in choice["tools"]]
    for n in range(len(allowed)):
        moved[f"/tool_choice/allowed_tools/tools/{n}/function"] = f"/tool_choice/tools/{n}"
    return {"type": "allowed_tools", "allowed_tools": {"mode": choice["mode"], "tools": allowed}}
