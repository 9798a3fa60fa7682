"""A conversation as generateContent has it: turns of parts, tools as function declarations."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.providers.base import Reference
from service.providers.conversation import Ask, Turn, arguments_of, call
from service.providers.encoding import encoded, keywords

# What responseJsonSchema and parametersJsonSchema take.
HELD = frozenset({"type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems"})
HELD |= {"minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required", "$defs", "$ref"}
MODES = {"none": "NONE", "auto": "AUTO", "required": "ANY"}
GO_ON = "Go on."


def contents(ask: Ask) -> list[dict[str, Any]]:
    """Return the turns and the prompt; the last is always the user's."""
    names = {made["id"]: made["function"]["name"] for turn in ask.turns for made in turn.get("tool_calls") or ()}
    said = [_said(ask, turn, names) for turn in ask.turns]
    if ask.asks:
        said.append(turn_of("user", [*map(inline, ask.shown), {"text": ask.prompt}]))
    elif ask.turns[-1]["role"] == "assistant":
        said.append(turn_of("user", [{"text": GO_ON}]))
    return said


def _said(ask: Ask, turn: Turn, names: Mapping[str, str]) -> dict[str, Any]:
    if turn["role"] == "tool":
        name = names.get(str(turn.get("tool_call_id")), "tool")
        return turn_of("user", [{"functionResponse": {"name": name, "response": {"result": turn["content"]}}}])
    parts: list[dict[str, Any]] = [*map(inline, ask.shown_in(turn))]
    parts += [{"text": turn["content"]}] if turn.get("content") else []
    for made in turn.get("tool_calls") or ():
        parts.append({"functionCall": {"name": made["function"]["name"], "args": arguments_of(made)}})
    return turn_of(str(turn["role"]), parts)


def turn_of(role: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one turn; who is not the user is the model."""
    return {"role": "model" if role == "assistant" else "user", "parts": parts}


def inline(reference: Reference) -> dict[str, Any]:
    """Return a picture as a part."""
    content_type, data = encoded(reference)
    return {"inlineData": {"mimeType": content_type, "data": data}}


def tools(ask: Ask) -> dict[str, Any]:
    """Return the members for the tools, none where there are none."""
    if not ask.tools:
        return {}
    declared = [_declared(tool["function"]) for tool in ask.tools]
    config: dict[str, Any] = {"mode": MODES.get(str(ask.tool_choice), "AUTO")}
    if isinstance(ask.tool_choice, Mapping):
        config = {"mode": "ANY", "allowedFunctionNames": [ask.tool_choice["function"]["name"]]}
    return {"tools": [{"functionDeclarations": declared}], "toolConfig": {"functionCallingConfig": config}}


def _declared(function: Mapping[str, Any]) -> dict[str, Any]:
    told = {"name": function["name"], "description": function.get("description") or function["name"]}
    parameters = function.get("parameters")
    if not parameters:
        return told
    if keywords(parameters) <= HELD:
        return told | {"parametersJsonSchema": parameters}
    return told | {"description": f"{told['description']}\nIts parameters hold to this JSON Schema: {parameters}"}


def calls(parts: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the function calls of an answer as OpenAI has them; one without an id gets its number."""
    made = [part["functionCall"] for part in parts if isinstance(part.get("functionCall"), dict)]
    return tuple(
        call(str(one.get("id") or f"call_{number}"), str(one.get("name")), one.get("args") or {})
        for number, one in enumerate(made)
    )
