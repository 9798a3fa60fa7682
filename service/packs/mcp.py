"""The tools that MCP clients are offered, from the definitions. Source: contract, section 1; Model Context Protocol,
revision 2025-11-25, «Tools».

An action is one tool. A generate tool answers with the run at once, since clients give up after a minute; `runs_get`
reads it, `runs_cancel` ends it. Other tools answer with the action's output.
"""

from collections.abc import Mapping
from typing import Any

from service.definitions import Action, Definitions
from service.packs import run_schemas

RUNS_GET = "runs_get"
RUNS_CANCEL = "runs_cancel"
# Clients end a call after 60 s.
LONGEST_WAIT_S = 30
Json = dict[str, Any]


def tool_name(action: Action) -> str:
    """The action's id in the characters that every client takes: letters, digits and `_`, 64 at most."""
    return action.id.replace(".", "_")


def by_tool(definitions: Definitions) -> dict[str, Action]:
    """Every action by the name of its tool."""
    return {tool_name(action): action for action in definitions.actions.values()}


def action_tool(action: Action) -> Json:
    """The tool of one action, as `tools/list` shows it."""
    queued = action.kind == "generate"
    description = action.description
    if queued:
        description += f" Costs credits. Answers with a queued run at once: read it with {RUNS_GET} until it has ended."
    return {
        "name": tool_name(action),
        "title": f"{action.api.title}: {action.title}",
        "description": description,
        "inputSchema": dict(action.input_schema),
        "outputSchema": run_schema(action.output_schema) if queued else structured_schema(action.output_schema),
        "annotations": {
            "readOnlyHint": action.kind in ("read", "search", "estimate"),
            "destructiveHint": action.method == "DELETE",
            "openWorldHint": action.kind in ("generate", "search"),
        },
    }


def run_tools(may_cancel: bool) -> list[Json]:
    """The tools that read a run and, for keys that may, end it."""
    run_id = {"type": "string", "description": "The run's id: run_…"}
    wait = {
        "type": "integer",
        "minimum": 0,
        "maximum": LONGEST_WAIT_S,
        "default": 0,
        "description": "Seconds to wait for its end before answering.",
    }
    get = {
        "name": RUNS_GET,
        "title": "Get a run",
        "description": "Reads a run: its status, and its output once it is completed.",
        "inputSchema": _input({"run_id": run_id, "wait": wait}),
        "outputSchema": run_schema({}),
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
    }
    cancel = {
        "name": RUNS_CANCEL,
        "title": "Cancel a run",
        "description": "Ends a run that has not ended; nothing is charged.",
        "inputSchema": _input({"run_id": run_id}),
        "outputSchema": run_schema({}),
        "annotations": {"readOnlyHint": False, "destructiveHint": True, "openWorldHint": False},
    }
    return [get, cancel] if may_cancel else [get]


def run_schema(output: Mapping[str, Any]) -> Json:
    """A run as a schema; `output` is the schema of its output, empty where any will do."""
    return run_schemas.run(output or run_schemas.ANY_OUTPUT, run_schemas.parts().__getitem__)


def structured(output: Any) -> Json:
    """An output as structured content, which must be an object: anything else becomes its `data`."""
    return output if isinstance(output, dict) else {"data": output}


def structured_schema(output: Mapping[str, Any]) -> Json:
    """The schema of `structured(output)`."""
    if output.get("type") == "object":
        return dict(output)
    return {"type": "object", "properties": {"data": dict(output)}, "required": ["data"]}


def _input(properties: Mapping[str, Any]) -> Json:
    return {"type": "object", "properties": dict(properties), "required": ["run_id"], "additionalProperties": False}
