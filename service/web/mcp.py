"""`POST /mcp`: the actions as tools for MCP clients, over streamable HTTP with JSON answers and no session.

Who may come in, how often, and what a key may run is as on `/v1`. Only what breaks the protocol is a JSON-RPC error;
what a tool is refused is its result (`service/web/tools.py`). The URL's query may choose among the tools. See Model
Context Protocol, revision 2025-11-25.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, g, request

from service.accounts.keys import Caller
from service.config import Settings
from service.errors import BadRequest, Forbidden, ServiceError, ValidationError
from service.extensions.current import Derived
from service.operations.service import Service
from service.web.body import json_object
from service.web.faces import json
from service.web.limits import too_large
from service.web.tool_choice import Choice, Choices
from service.web.tools import Tools

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
INTERNAL_ERROR = -32603
UNSUPPORTED_VERSION = -32022
# The first revision whose results may hold links to files.
WITH_LINKS = "2025-06-18"
INSTRUCTIONS = (
    "Tools that generate cost credits; the estimate tool beside each tells how many and charges nothing, and "
    "max_credits refuses what would cost more. They answer with a queued run at once: call runs_get with its id, and "
    "wait up to 30 seconds a call, until its status is completed, failed or canceled. With an idempotency_key a call "
    "can be repeated and is charged once. runs_list finds a run whose id was lost."
)
Json = dict[str, Any]
log = structlog.get_logger()


class RpcError(Exception):
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
            _check_origin(service.context.settings)
            _check_accept()
            message = _message()
            _check_version(message)
            # A notification, or a response, though nothing was asked.
            if "id" not in message or "method" not in message:
                return Response(status=202)
            result = server.answer(message["method"], message.get("params") or {}, g.caller, server.choice())
        except RpcError as fault:
            return _error(fault, message)
        except ServiceError:
            raise
        except Exception:
            log.exception("an MCP request failed", method=message.get("method"))
            return _error(RpcError(INTERNAL_ERROR, "Something went wrong here; it is logged.", 500), message)
        return json({"jsonrpc": "2.0", "id": message["id"], "result": result})

    return routes


class Server:
    """Answers each method."""

    def __init__(self, service: Service) -> None:
        """Raises DefinitionError where an action can't be a tool, ValueError where MCP_TOOLS can't be read."""
        context = service.context
        self._made = Derived(
            lambda: context.definitions,
            lambda known: (Tools(service, known), Choices(known, context.settings.mcp_tools)),
        )

    def choice(self) -> Choice:
        """Read which tools this request's URL chooses. Raises RpcError."""
        try:
            return self._made()[1].of(request.args.items(multi=True))
        except ValueError as error:
            raise RpcError(INVALID_REQUEST, f"In the URL's query {error}.", 400) from None

    def answer(self, method: str, params: Mapping[str, Any], caller: Caller, choice: Choice) -> Json:
        """The result. Raises RpcError."""
        tools, _ = self._made()
        if method == "initialize":
            return self._initialized(params)
        if method == "ping":
            return {}
        if method == "tools/list":
            if params.get("cursor") is not None:
                raise RpcError(INVALID_PARAMS, "There is one page of tools, so no cursor leads to another.")
            return {"tools": tools.listed(caller, choice)}
        if method == "tools/call":
            return self._called(tools, params, caller, choice)
        raise RpcError(METHOD_NOT_FOUND, f"There is no method {method} here.")

    def _initialized(self, params: Mapping[str, Any]) -> Json:
        wanted = params.get("protocolVersion")
        if not isinstance(wanted, str):
            raise RpcError(INVALID_PARAMS, "protocolVersion must be a string.", supported=list(VERSIONS))
        return {
            "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "genhook", "title": "Genhook", "version": "1"},
            "instructions": INSTRUCTIONS,
        }

    def _called(self, tools: Tools, params: Mapping[str, Any], caller: Caller, choice: Choice) -> Json:
        name, values = params.get("name"), params.get("arguments")
        if not isinstance(name, str) or not tools.has(name, choice):
            raise RpcError(INVALID_PARAMS, f"There is no tool {name}; tools/list lists them.")
        if (request.content_length or 0) > (limit := tools.body_limit(name)):
            raise too_large(limit)
        if values is None:
            values = {}
        if not isinstance(values, dict):
            raise RpcError(INVALID_PARAMS, "arguments must be an object.")
        return tools.call(name, values, caller, links=_revision() >= WITH_LINKS)


def _error(fault: RpcError, message: Mapping[str, Any]) -> Response:
    error = {"code": fault.code, "message": fault.message} | ({"data": fault.data} if fault.data else {})
    return json({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, fault.status)


def _message() -> Json:
    """One JSON-RPC request, notification or response. Raises RpcError."""
    if request.get_data().removeprefix(BOM_UTF8).lstrip().startswith(b"["):
        raise RpcError(INVALID_REQUEST, "Send each message in a POST of its own: batches are not taken.", 400)
    try:
        message = json_object(request)
    except BadRequest as error:
        raise RpcError(PARSE_ERROR, error.message, 400) from None
    except ValidationError as error:
        raise RpcError(INVALID_REQUEST, error.message, 400) from None
    response = "method" not in message and not message.keys().isdisjoint({"result", "error"})
    if message.get("jsonrpc") != "2.0" or not (response or isinstance(message.get("method"), str)):
        raise RpcError(INVALID_REQUEST, "The body must be one JSON-RPC 2.0 request, notification or response.", 400)
    if message.get("params") is not None and not isinstance(message["params"], dict):
        raise RpcError(INVALID_REQUEST, "params must be an object.", 400)
    if "id" in message and (isinstance(message["id"], bool) or not isinstance(message["id"], str | int)):
        raise RpcError(INVALID_REQUEST, "A request's id must be a string or a whole number.", 400)
    return message


def _check_accept() -> None:
    """Answers are JSON, never a stream. Raises RpcError where the client doesn't take that."""
    if "Accept" in request.headers and not request.accept_mimetypes.quality("application/json"):
        raise RpcError(INVALID_REQUEST, "Answers are application/json, which Accept must list.", 406)


def _revision() -> str:
    """The revision of this request; a client that doesn't say speaks the first that had this transport."""
    return request.headers.get("MCP-Protocol-Version", VERSIONS[-1])


def _check_version(message: Mapping[str, Any]) -> None:
    """Raises RpcError for a revision that isn't spoken here; `initialize` is where it is settled."""
    version = request.headers.get("MCP-Protocol-Version")
    if version is not None and version not in VERSIONS and message.get("method") != "initialize":
        raise RpcError(
            UNSUPPORTED_VERSION,
            f"The revision {version} is not spoken here.",
            400,
            supported=list(VERSIONS),
            requested=version,
        )


def _check_origin(settings: Settings) -> None:
    """Refuse pages of other origins than PUBLIC_URL's and CORS_ORIGINS': a name that was rebound to this address is
    another one, whatever Host says. Raises Forbidden."""
    origin, own = request.headers.get("Origin"), urlsplit(settings.url)
    allowed = {f"{own.scheme}://{own.netloc}".lower(), *settings.cors_origins}
    if not settings.public_url:
        allowed |= {f"http://{name}:{settings.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    if origin is not None and "*" not in allowed and origin.lower() not in allowed:
        raise Forbidden(f"Pages of {origin} may not use this.")
