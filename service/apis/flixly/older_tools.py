"""Other ways in which OpenAI's clients tell of tools, read as `tools` and `tool_choice`, and answered in kind.

`functions` and `function_call` are what tools were called first, in requests, messages and answers; `allowed_tools` is
a choice among the tools.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from service.errors import ValidationError

Json = dict[str, Any]


def with_tools(wanted: Mapping[str, Any]) -> Json:
    """Return the request with its functions as tools. Raises ValidationError at the part that fits no other."""
    read = dict(wanted)
    if answers_functions(wanted):
        read["tools"] = [{"type": "function", "function": one} for one in wanted["functions"]]
        read["tool_choice"] = _choice(wanted.get("function_call"))
    elif wanted.get("function_call") not in (None, "none", "auto"):
        raise ValidationError.at("/function_call", "function_call needs functions to choose from")
    choice = read.get("tool_choice")
    if isinstance(choice, Mapping) and choice["type"] == "allowed_tools":
        read["tools"], read["tool_choice"] = _allowed(read.get("tools") or [], choice["allowed_tools"])
    return read | {"messages": _messages(wanted["messages"])}


def answers_functions(wanted: Mapping[str, Any]) -> bool:
    """Tell whether calls are to be answered as function calls: functions were sent, and no tools."""
    return bool(wanted.get("functions")) and not wanted.get("tools")


def as_function_call(message: Json, reason: str) -> tuple[Json, str]:
    """Return an answer's message and reason with its first tool call as a function call."""
    calls = message.pop("tool_calls", None)
    if not calls:
        return message, reason
    return message | {"function_call": calls[0]["function"]}, "function_call" if reason == "tool_calls" else reason


def _choice(call: Any) -> Any:
    return {"type": "function", "function": dict(call)} if isinstance(call, Mapping) else call


def _allowed(tools: Sequence[Json], allowed: Mapping[str, Any]) -> tuple[list[Json], str]:
    """Return the tools that are allowed, and how they are chosen among."""
    known = {tool["function"]["name"]: tool for tool in tools}
    found = []
    for n, one in enumerate(allowed["tools"]):
        name = one["function"]["name"]
        if name not in known:
            at = f"/tool_choice/allowed_tools/tools/{n}/function/name"
            raise ValidationError.at(at, f"there is no tool {name} in tools")
        found.append(known[name])
    return found, str(allowed["mode"])


def _messages(messages: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Return messages whose function calls and results are a tool's, under ids made of their places."""
    read: list[Json] = []
    called: dict[str, str] = {}
    for n, message in enumerate(messages):
        one, call = dict(message), message.get("function_call")
        if one["role"] == "assistant" and call and not one.get("tool_calls"):
            called[call["name"]] = f"call_{n}"
            one["tool_calls"] = [{"id": f"call_{n}", "type": "function", "function": dict(call)}]
        elif one["role"] == "function":
            if one["name"] not in called:
                words = "answers no function_call of an assistant's message before it"
                raise ValidationError.at(f"/messages/{n}/name", f"name {words}")
            one |= {"role": "tool", "tool_call_id": called[one["name"]]}
        read.append(one)
    return read
