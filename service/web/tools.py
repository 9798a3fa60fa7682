"""Calling an MCP tool: an action, the estimate of one, or the reading and ending of runs.

A refusal is a result with `isError`, so that the model reads it. It has no structured content, which clients would
hold against the tool's output schema; programs find the problem in `_meta` (Model Context Protocol, revision
2025-11-25, 'Tools').
"""

from collections.abc import Callable
from typing import Any

import orjson
from flask import request

from service.accounts import scopes
from service.accounts.keys import Caller
from service.definitions import Action, Definitions
from service.definitions.action import BODY_BYTES
from service.definitions.reading import Reader
from service.definitions.validation import Validator
from service.describe import mcp
from service.errors import Forbidden, ServiceError, ValidationError
from service.operations.call import call
from service.operations.cancel import cancel
from service.operations.estimate import estimate
from service.operations.service import Service
from service.operations.submit import submit
from service.runs.listing import RunFilter, list_runs
from service.runs.read import read_run
from service.runs.submission import Submission
from service.web.forwarded import address, linked
from service.web.tool_choice import Choice
from service.web.v1 import idempotency_key

PROBLEM = "genhook/problem"
Json = dict[str, Any]
Call = Callable[[Json, Caller], Any]


class Tools:
    """Every tool of these definitions; made anew where those are swapped."""

    def __init__(self, service: Service, definitions: Definitions) -> None:
        """Raises DefinitionError where an action can't be a tool."""
        self._service = service
        self._actions = mcp.by_tool(definitions)
        self._estimated = mcp.estimated_by_tool(definitions)
        self._tools = {name: mcp.action_tool(action) for name, action in self._actions.items()}
        self._tools |= {name: mcp.estimate_tool(action) for name, action in self._estimated.items()}
        self._run_tools: dict[str, Call] = {
            mcp.RUNS_GET: self._get_run,
            mcp.RUNS_LIST: self._list_runs,
            mcp.RUNS_CANCEL: self._cancel_run,
        }
        self._run_inputs = {name: Validator(schema) for name, schema in mcp.run_inputs().items()}
        self._run_readers = {name: Reader(schema) for name, schema in mcp.run_inputs().items()}
        self._beside_readers = {
            name: Reader({"properties": mcp.submission_members(action)})
            for name, action in (self._actions | self._estimated).items()
            if action.kind == "generate"
        }
        self._beside = {
            name: {member: Validator(schema) for member, schema in mcp.submission_members(action).items()}
            for name, action in (self._actions | self._estimated).items()
            if action.kind == "generate"
        }

    def has(self, name: str, choice: Choice) -> bool:
        """Tell whether there is such a tool among the chosen."""
        if name in self._run_tools:
            return choice.takes(None, mcp.RUN_TOOL_KINDS[name])
        if name in self._estimated:
            return choice.takes(self._estimated[name].api.name, {"estimate"})
        action = self._actions.get(name)
        return action is not None and choice.takes(action.api.name, {action.kind})

    def body_limit(self, name: str) -> int:
        """Return how many bytes a call of this tool may have: what its action's own route takes."""
        action = self._actions.get(name) or self._estimated.get(name)
        return BODY_BYTES if action is None else action.max_body_bytes

    def listed(self, caller: Caller, choice: Choice) -> list[Json]:
        """The tools among the chosen that this key may use."""
        actions = self._actions | self._estimated
        runnable = [tool for name, tool in self._tools.items() if _may(caller, actions[name])]
        offered = runnable + mcp.run_tools(may_cancel=scopes.steers(caller))
        return [tool for tool in offered if self.has(tool["name"], choice)]

    def call(self, name: str, values: Json, caller: Caller, links: bool) -> Json:
        """The result of a tool that is there; `links` where its files are to be told as resource links too."""
        try:
            output = linked(self._output(name, values, caller))
        except ServiceError as error:
            return _refused(error)
        structured = mcp.structured(output)
        content = [{"type": "text", "text": orjson.dumps(structured).decode()}]
        if links:
            content += self._links(name, output)
        return {"content": content, "structuredContent": structured, "isError": False}

    def _output(self, name: str, values: Json, caller: Caller) -> Any:
        if name in self._run_tools:
            values = self._run_readers[name].read(values)
            self._run_inputs[name].check(values)
            return self._run_tools[name](values, caller)
        if name in self._estimated:
            return self._estimate(self._estimated[name], *self._parted(name, values), caller)
        if name in self._beside:
            return self._submit(self._actions[name], *self._parted(name, values), caller)
        action = self._actions[name]
        scopes.require(caller, action)
        return call(self._service, action, action.validate(values, unknown="refuse"), caller)

    def _parted(self, name: str, values: Json) -> tuple[Json, Json]:
        """The action's input, and what the tool takes beside it. Raises ValidationError."""
        values = self._beside_readers[name].read(values)
        beside = {member: part for member, part in values.items() if member in self._beside[name]}
        for member, value in beside.items():
            try:
                self._beside[name][member].check(value, member)
            except ValidationError as error:
                raise ValidationError.at(f"/{member}", error.message.removeprefix(f"{member} ")) from None
        return {member: part for member, part in values.items() if member not in beside}, beside

    def _submit(self, action: Action, values: Json, beside: Json, caller: Caller) -> Json:
        """A generate's run as it was accepted; the argument `idempotency_key` goes before the header."""
        scopes.require(caller, action)
        submission = Submission(
            action,
            caller,
            action.validate(values, unknown="refuse"),
            connection=beside.get("connection") or action.home,
            max_credits=beside.get("max_credits"),
            idempotency_key=beside.get("idempotency_key") or idempotency_key(request.environ),
        )
        return submit(self._service, submission).shown

    def _estimate(self, action: Action, values: Json, beside: Json, caller: Caller) -> Any:
        values = action.validate(values, unknown="refuse")
        return estimate(self._service, Submission(action, caller, values, beside.get("connection") or action.home))

    def _get_run(self, values: Json, caller: Caller) -> Json:
        run = read_run(self._service.context, caller.account_id, values["run_id"])
        if values.get("wait") and run["finished_at"] is None:
            with self._service.waiter.place(caller.account_id):
                self._service.waiter.wait(run["id"], values["wait"])
            run = read_run(self._service.context, caller.account_id, run["id"])
        return run

    def _list_runs(self, values: Json, caller: Caller) -> Json:
        context, wanted = self._service.context, RunFilter(values.get("status"), values.get("action"))
        limit, cursor = values.get("limit", mcp.PAGE), values.get("cursor")
        with context.database.read() as db:
            return list_runs(context, db, caller.account_id, wanted, limit=limit, cursor=cursor)

    def _cancel_run(self, values: Json, caller: Caller) -> Json:
        return cancel(self._service, caller, values["run_id"])

    def _links(self, name: str, output: Any) -> list[Json]:
        """The files of an action's output, or of a completed run's."""
        action = self._actions.get(name)
        if action is None or action.kind == "generate":
            if name == mcp.RUNS_LIST or "action" not in output:
                return []
            action = self._service.context.definitions.actions.get(output["action"])
            output = output["output"]
        return [] if action is None else list(mcp.file_links(action, output, address(self._service.context.settings)))


def _may(caller: Caller, action: Action) -> bool:
    try:
        scopes.require(caller, action)
    except Forbidden:
        return False
    return True


def _refused(error: ServiceError) -> Json:
    told: Json = {"code": error.code, "status": error.status, "message": error.message}
    lines = [error.message]
    if error.errors:
        told["errors"] = [{"pointer": problem.pointer, "message": problem.message} for problem in error.errors]
        lines += [f"{problem.pointer or 'input'}: {problem.message}" for problem in error.errors]
    if error.retry_after is not None:
        told["retry_after"] = error.retry_after
        lines.append(f"Try again in {error.retry_after} s.")
    lines.append(f"({error.code}, {error.status})")
    text = {"type": "text", "text": "\n".join(lines)}
    return {"content": [text], "isError": True, "_meta": {PROBLEM: told | error.details}}
