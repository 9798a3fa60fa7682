"""`POST /mcp`: the actions as tools for MCP clients, over streamable HTTP with JSON answers and no session.

Who may come in, how often, and what a key may run is as on `/v1`. What a tool is refused is a result with `isError`,
so that the model reads it; only what breaks the protocol is a JSON-RPC error.
Source: Model Context Protocol, revision 2025-11-25; contract, sections 1 and 6.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response, g, request

from service.accounts import scopes
from service.accounts.keys import Caller
from service.definitions import Action
from service.definitions.validation import Validator
from service.errors import BadRequest, Forbidden, ServiceError, ValidationError
from service.packs import mcp
from service.runs.ending import cancel
from service.runs.submission import Submission
from service.web.body import json_object
from service.web.faces import json
from service.web.operate import Service
from service.web.rest import idempotency_key

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
UNSUPPORTED_VERSION = -32022
INSTRUCTIONS = (
    "Tools that generate answer with a queued run at once. Call runs_get with its id, and wait up to 30 seconds a "
    "call, until its status is completed, failed or canceled. An estimate tool tells the price and charges nothing."
)
Json = dict[str, Any]


class Fault(Exception):
    """A message that breaks the protocol: a JSON-RPC error."""

    def __init__(self, code: int, message: str, status: int = 200, **data: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.data = code, message, status, data


def blueprint(service: Service) -> Blueprint:
    """The route. A GET, which would open a stream, is a 405: there is nothing to push."""
    routes = Blueprint("mcp", __name__)
    server = Server(service)

    @routes.post("/mcp")
    def received() -> Response:
        message: Json = {}
        try:
            _check_origin(service.context.settings.url)
            message = _message()
            _check_version(message)
            if "id" not in message:
                return Response(status=202)
            result = server.answer(message["method"], message.get("params") or {}, g.caller)
        except Fault as fault:
            error = {"code": fault.code, "message": fault.message} | ({"data": fault.data} if fault.data else {})
            return json({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, fault.status)
        return json({"jsonrpc": "2.0", "id": message["id"], "result": result})

    return routes


class Server:
    """What is answered to each method."""

    def __init__(self, service: Service) -> None:
        """Tools are made once: definitions don't change while a process lives."""
        self._service = service
        self._actions = mcp.by_tool(service.context.definitions)
        self._tools = {name: mcp.action_tool(action) for name, action in self._actions.items()}
        self._run_tools: dict[str, Callable[[Json, Caller], Json]] = {
            mcp.RUNS_GET: self._get_run,
            mcp.RUNS_CANCEL: self._cancel_run,
        }
        self._run_inputs = {tool["name"]: Validator(tool["inputSchema"]) for tool in mcp.run_tools(may_cancel=True)}

    def answer(self, method: str, params: Mapping[str, Any], caller: Caller) -> Json:
        """The result. Raises Fault."""
        if method == "initialize":
            return self._initialized(params)
        if method == "ping":
            return {}
        if method == "tools/list":
            return {"tools": self._listed(caller)}
        if method == "tools/call":
            return self._called(params, caller)
        raise Fault(METHOD_NOT_FOUND, f"There is no method {method} here.")

    def _initialized(self, params: Mapping[str, Any]) -> Json:
        wanted = params.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "genhook", "title": "Genhook", "version": "1"},
            "instructions": INSTRUCTIONS,
        }

    def _listed(self, caller: Caller) -> list[Json]:
        """The tools that this key may use."""
        runnable = [self._tools[name] for name, action in self._actions.items() if _may(caller, action)]
        return runnable + mcp.run_tools(may_cancel=bool(scopes.STEERING & caller.scopes))

    def _called(self, params: Mapping[str, Any], caller: Caller) -> Json:
        name, values = params.get("name"), params.get("arguments") or {}
        if not isinstance(name, str) or (name not in self._actions and name not in self._run_tools):
            raise Fault(INVALID_PARAMS, f"There is no tool {name}; tools/list lists them.")
        if not isinstance(values, dict):
            raise Fault(INVALID_PARAMS, "arguments must be an object.")
        try:
            if name in self._run_tools:
                self._run_inputs[name].check(values)
                output = self._run_tools[name](values, caller)
            else:
                output = self._run_action(self._actions[name], values, caller)
        except ServiceError as error:
            return _content(_told(error), failed=True)
        return _content(mcp.structured(output))

    def _run_action(self, action: Action, values: Json, caller: Caller) -> Any:
        scopes.require(caller, action)
        values = action.validate(values, unknown="refuse")
        if action.kind != "generate":
            return self._service.call(action, values, caller)
        accepted = self._service.submit(Submission(action, caller, values, idempotency_key=idempotency_key()))
        return accepted.run or self._service.read(caller, accepted.run_id)

    def _get_run(self, values: Json, caller: Caller) -> Json:
        run = self._service.read(caller, values["run_id"])
        if values.get("wait") and run["finished_at"] is None:
            with self._service.waiter.place():
                self._service.waiter.wait(run["id"], values["wait"])
            run = self._service.read(caller, run["id"])
        return run

    def _cancel_run(self, values: Json, caller: Caller) -> Json:
        scopes.require_any(caller)
        cancel(self._service.context, caller.account_id, values["run_id"])
        return self._service.read(caller, values["run_id"])


def _may(caller: Caller, action: Action) -> bool:
    try:
        scopes.require(caller, action)
    except Forbidden:
        return False
    return True


def _content(structured: Json, failed: bool = False) -> Json:
    """A tool's result: structured, and the same as text for clients that read only that."""
    text = orjson.dumps(structured).decode()
    return {"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": failed}


def _told(error: ServiceError) -> Json:
    told: Json = {"code": error.code, "status": error.status, "message": error.message}
    if error.errors:
        told["errors"] = [{"pointer": problem.pointer, "message": problem.message} for problem in error.errors]
    if error.retry_after is not None:
        told["retry_after"] = error.retry_after
    return told | error.details


def _message() -> Json:
    """One JSON-RPC request or notification. Raises Fault."""
    try:
        message = json_object(request)
    except BadRequest as error:
        raise Fault(PARSE_ERROR, error.message, 400) from None
    except ValidationError as error:
        raise Fault(INVALID_REQUEST, error.message, 400) from None
    if message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise Fault(INVALID_REQUEST, "The body must be one JSON-RPC 2.0 request or notification.", 400)
    if not isinstance(message.get("params") or {}, dict):
        raise Fault(INVALID_REQUEST, "params must be an object.", 400)
    if "id" in message and (isinstance(message["id"], bool) or not isinstance(message["id"], str | int)):
        raise Fault(INVALID_REQUEST, "A request's id must be a string or a whole number.", 400)
    return message


def _check_version(message: Mapping[str, Any]) -> None:
    """Raises Fault for a revision that isn't spoken here; `initialize` is where it is settled."""
    version = request.headers.get("MCP-Protocol-Version")
    if version is not None and version not in VERSIONS and message["method"] != "initialize":
        raise Fault(
            UNSUPPORTED_VERSION,
            f"The revision {version} is not spoken here.",
            400,
            supported=list(VERSIONS),
            requested=version,
        )


def _check_origin(own_url: str) -> None:
    """A browser's page of another origin may not use this (DNS rebinding). Raises Forbidden."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc not in (request.host, urlsplit(own_url).netloc):
        raise Forbidden(f"Pages of {origin} may not use this.")
