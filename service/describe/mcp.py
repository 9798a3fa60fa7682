"""The tools that MCP clients are offered, from the definitions. See Model Context Protocol, revision 2025-11-25,
'Tools'.

An action is one tool. A generate tool answers with the run at once, since clients give up after a minute; `runs_get`
reads it, `runs_list` finds it, `runs_cancel` ends it, and `…_estimate` tells its price. Other tools answer with the
action's output.
"""

import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from service.definitions import LOCAL, Action, Definitions
from service.definitions.links import find
from service.definitions.schemas import DefinitionError
from service.describe import form, plain, run_schemas
from service.files.links import FileLink

RUNS_GET = "runs_get"
RUNS_LIST = "runs_list"
RUNS_CANCEL = "runs_cancel"
# The most characters of a name, and what an estimate's ends in.
MOST_NAME, ESTIMATE = 64, "_estimate"
# The kinds of actions that each belongs to: a run that was submitted has to be read and can be ended.
RUN_TOOL_KINDS: Mapping[str, frozenset[str]] = {
    RUNS_GET: frozenset({"generate", "read"}),
    RUNS_LIST: frozenset({"generate", "read"}),
    RUNS_CANCEL: frozenset({"generate", "write"}),
}
LONGEST_PAGE, PAGE = 100, 20
# Clients end a call after 60 s.
LONGEST_WAIT_S = 30
RUN_SUMMARY = ("id", "status", "progress", "credits_charged")
RUN_ID = {"type": "string", "description": "The run's id: run_…"}
CURSOR = {"type": ["string", "null"]}
Json = dict[str, Any]


def tool_name(action: Action) -> str:
    """The action's id in the characters that every client takes: letters, digits and `_`, 64 at most."""
    name = action.id.replace(".", "_")
    longest = MOST_NAME - len(ESTIMATE)
    if len(name) <= longest or not action.api.added:
        return name
    return f"{name[: longest - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def estimate_name(action: Action) -> str:
    """The name of the tool that tells a generate's price: an action of its own, or the generate's with a suffix."""
    own: str | None = action.run.get("estimate")
    if own and not action.api.added:
        return own.replace(".", "_")
    return tool_name(action) + ESTIMATE


def by_tool(definitions: Definitions) -> dict[str, Action]:
    """Every action by the name of its tool."""
    return {tool_name(action): action for action in definitions.actions.values()}


def estimated_by_tool(definitions: Definitions) -> dict[str, Action]:
    """Every generate without an estimate of its own, by the name of the tool that tells its price."""
    generates = (action for action in definitions.actions.values() if action.kind == "generate")
    return {estimate_name(action): action for action in generates if form.has_estimate(action)}


def action_tool(action: Action) -> Json:
    """The tool of one action, as `tools/list` shows it. Raises DefinitionError where an input's name is taken."""
    if action.kind == "generate":
        return _generate_tool(action)
    reads = action.kind in ("read", "search", "estimate")
    return _tool(
        tool_name(action),
        f"{action.api.title}: {action.title}",
        _described(action),
        input_schema(action),
        structured_schema(action.output_schema),
        readOnlyHint=reads,
        **({} if reads else _change(action)),
        openWorldHint=action.kind == "search",
    )


def estimate_tool(action: Action) -> Json:
    """The tool that tells what a generate would take."""
    return _tool(
        estimate_name(action),
        f"{action.api.title}: Estimate: {action.title}",
        f"Tells the credits and seconds that {tool_name(action)} would take with the same input. Makes nothing.",
        input_schema(action, {"connection": submission_members(action)["connection"]}),
        run_schemas.parts()["Estimate"],
        readOnlyHint=True,
        openWorldHint=False,
    )


def submission_members(action: Action) -> dict[str, Json]:
    """Return what a generate tool takes beside the action's input, by name."""
    return {
        "max_credits": {
            "type": "integer",
            "minimum": 0,
            "description": "Refuse the run, and charge nothing, where its estimate is higher.",
        },
        "idempotency_key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "description": "Any text of your own. Calling again within 24 hours with the same one and the same input "
            "answers with the same run and charges nothing more: give one to be able to repeat a call safely.",
        },
        "connection": {
            "enum": [*action.connections],
            "default": action.home,
            "description": f"Where it runs: here, or on the hosted {action.api.title} by the key stored for it."
            if LOCAL in action.connections
            else f"Where it runs: {action.api.title}, by the key stored for it.",
        },
    }


def input_schema(action: Action, beside: Mapping[str, Json] | None = None) -> Json:
    """The action's input and what else the tool takes; nothing is streamed to a tool. Raises DefinitionError."""
    properties = {name: form.schema_of(action, name) for name in form.asked(action)}
    taken = sorted(properties.keys() & (beside or {}).keys())
    if taken:
        raise DefinitionError(action.id, f"/input_schema/properties/{taken[0]}", "is a name that MCP tools keep")
    return {**action.input_schema, "properties": {**properties, **(beside or {})}}


def run_inputs() -> dict[str, Json]:
    """Return the schemas that calls of the tools of runs are held against, by name."""
    wait = {
        "type": "integer",
        "minimum": 0,
        "maximum": LONGEST_WAIT_S,
        "default": 0,
        "description": "Seconds to wait for its end before answering.",
    }
    limit = {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": PAGE, "description": "How many."}
    wanted = {
        "status": {**run_schemas.RUN_STATUS, "description": "Only runs in this state."},
        "action": {"type": "string", "description": "Only runs of this action, by its id."},
        "limit": limit,
        "cursor": {"type": "string", "pattern": "^run_[0-9a-f]{32}$", "description": "next_cursor of the page before."},
    }
    return {
        RUNS_GET: _input({"run_id": RUN_ID, "wait": wait}, "run_id"),
        RUNS_LIST: _input(wanted),
        RUNS_CANCEL: _input({"run_id": RUN_ID}, "run_id"),
    }


def run_tools(may_cancel: bool) -> list[Json]:
    """The tools that read runs and, for keys that may, end one."""
    return [_get_tool(), _list_tool(), _cancel_tool()] if may_cancel else [_get_tool(), _list_tool()]


def _run() -> Json:
    """A run as a schema, of which what tells how it goes is shown."""
    return run_schemas.run(run_schemas.ANY_OUTPUT, run_schemas.parts().__getitem__) | {"required": [*RUN_SUMMARY]}


def _listed_run() -> Json:
    return run_schemas.listed(run_schemas.parts().__getitem__)


def structured(output: Any) -> Json:
    """An output as structured content, which must be an object: anything else becomes its `data`."""
    return output if isinstance(output, dict) else {"data": output}


def structured_schema(output: Mapping[str, Any]) -> Json:
    """The schema of `structured(output)`."""
    if output.get("type") == "object":
        return dict(output)
    return {"type": "object", "properties": {"data": dict(output)}, "required": ["data"]}


def file_links(action: Action, output: Any, url: str) -> Iterator[Json]:
    """The files of an output as resource links; `url` is the service's own, for its files' links that are relative.

    Any other relative address is a hosted original's, and leads nowhere from here.
    """
    for file in action.files:
        for found in find(output, file["at"]):
            if isinstance(found, str) and (isinstance(found, FileLink) or urlsplit(found).netloc):
                uri = urljoin(f"{url}/", found)
                name = PurePosixPath(urlsplit(uri).path).name or file["media"]
                link = {"type": "resource_link", "uri": uri, "name": name}
                kind = mimetypes.guess_type(name)[0]
                yield {**link, "mimeType": kind} if kind else link


def _generate_tool(action: Action) -> Json:
    return _tool(
        tool_name(action),
        f"{action.api.title}: {action.title}",
        f"{_described(action)} {_price(action)}Answers with a queued run at once: read it with {RUNS_GET} until it has "
        "ended.",
        input_schema(action, submission_members(action)),
        _run(),
        readOnlyHint=False,
        destructiveHint=False,
        idempotentHint=False,
        openWorldHint=True,
    )


def _price(action: Action) -> str:
    return "" if action.api.added else f"Costs credits: {estimate_name(action)} tells how many. "


def _get_tool() -> Json:
    return _tool(
        RUNS_GET,
        "Get a run",
        "Reads a run: its status, and its output once it is completed.",
        run_inputs()[RUNS_GET],
        _run(),
        readOnlyHint=True,
        openWorldHint=False,
    )


def _list_tool() -> Json:
    return _tool(
        RUNS_LIST,
        "List runs",
        "Lists the account's runs, newest first, without input and output.",
        run_inputs()[RUNS_LIST],
        run_schemas.record({"data": {"type": "array", "items": _listed_run()}, "next_cursor": CURSOR}),
        readOnlyHint=True,
        openWorldHint=False,
    )


def _cancel_tool() -> Json:
    return _tool(
        RUNS_CANCEL,
        "Cancel a run",
        "Ends a run that has not ended. One that was sent to a provider goes on until that was asked to stop, and what "
        "it bills may be charged: runs_get shows the end.",
        run_inputs()[RUNS_CANCEL],
        _run(),
        readOnlyHint=False,
        destructiveHint=True,
        idempotentHint=False,
        openWorldHint=False,
    )


def _described(action: Action) -> str:
    """The action in words; those of an added API say so, since their texts are a stranger's."""
    if not action.api.added:
        return action.description
    return f"{action.description}\n\n(An action of {action.api.name}, an API that the operator added.)"


def _change(action: Action) -> Json:
    """Return what a write does: PATCH and PUT overwrite, DELETE takes away, and doing so twice changes nothing more."""
    replaces = action.method in ("DELETE", "PATCH", "PUT")
    return {"destructiveHint": replaces, "idempotentHint": replaces}


def _tool(name: str, title: str, description: str, takes: Json, answers: Json, **hints: bool) -> Json:
    return {
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": plain.taken(takes),
        "outputSchema": plain.answered(answers),
        # Clients before 2025-06-18 look for the title here.
        "annotations": {"title": title, **hints},
    }


def _input(properties: Mapping[str, Any], *required: str) -> Json:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
