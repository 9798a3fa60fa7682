"""Requests with hostile values, by every door that an action has: `/v1`, its own API's path, MCP."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from service.definitions import Action
from service.describe.mcp import tool_name
from tests.hostile import hostile_values as values
from tests.support.definitions import built_in

OPERATIONS = list(built_in().operations.values())
# Taking away the keys that the requests are made with would end the test.
SPARED = {"generor.api_keys.revoke"}


@dataclass
class Request:
    """One request: `sent` is what `requests` is given."""

    door: str
    method: str
    path: str
    api: str = "generor"
    sent: dict[str, Any] = field(default_factory=dict)
    # Whether it asks for something to be made, which waits its turn.
    makes: bool = False

    def __str__(self) -> str:
        return f"{self.door}: {self.method} {self.path[:200]} {str(self.sent)[:600]}"


def by_v1(draw: st.DrawFn, action: Action) -> Request:
    """As an automation action, its estimate, or its dynamic fields, with members beside the input."""
    body: dict[str, Any] = {"input": draw(values.inputs(action))}
    if draw(st.integers(0, 3)) == 0:
        body[draw(st.sampled_from(BESIDE))] = draw(values.HOSTILE)
    door = draw(st.sampled_from(["", "", "", "/estimate" if action.kind == "generate" else "", "/fields"]))
    if door == "/fields":
        named = st.sampled_from([*action.input_schema.get("properties", {}), "x"])
        body = {**body, "field": draw(named), **({"search": draw(values.HOSTILE)} if draw(st.booleans()) else {})}
    query = {"wait": draw(st.sampled_from(WAITS))} if not door else {}
    return Request("v1", "POST", f"/v1/actions/{action.id}{door}", "generor", {"params": query, **sent(draw, body)})


def by_rest(draw: st.DrawFn, action: Action) -> Request:
    """At its own API's path."""
    given, path, query, body = draw(values.inputs(action)), action.path, {}, {}
    for name, value in given.items():
        place = action.placement.get(name, "query" if action.method in ("GET", "DELETE") else "body")
        if place == "path":
            path = path.replace(f"{{{name}}}", segment(value))
        elif place == "query":
            query[name] = value if isinstance(value, str) else json.dumps(value)
        else:
            body[name] = value
    for name in action.placement:
        path = path.replace(f"{{{name}}}", "1")
    api = action.api.name if action.api.name in ("flokan", "flixly") else "generor"
    members = (
        {} if action.method == "GET" else form(body) if action.multipart and draw(st.booleans()) else sent(draw, body)
    )
    return Request("rest", action.method, path, api, {"params": clean(query), **members})


def by_mcp(draw: st.DrawFn, action: Action) -> Request:
    """As a tool."""
    told = {"name": tool_name(action), "arguments": draw(values.inputs(action) | values.HOSTILE)}
    message = {
        "jsonrpc": "2.0",
        "id": draw(st.sampled_from([1, "a", 2**70, None])),
        "method": "tools/call",
        "params": told,
    }
    return Request("mcp", "POST", "/mcp", "generor", sent(draw, message))


WAITS = (*("0", "1") * 5, "-1", "61", "x", "1e9", "٣")
BESIDE = (
    *("callback_url", "events", "callback_headers", "metadata", "max_credits", "connection", "group", "input", "x"),
)
DOORS: Mapping[str, Callable[[st.DrawFn, Action], Request]] = {"v1": by_v1, "rest": by_rest, "mcp": by_mcp}


def sent(draw: st.DrawFn, body: Any) -> dict[str, Any]:
    """The body as it is sent: now and then one that is none, or packed."""
    kind = draw(st.integers(0, 19))
    headers = {"Content-Type": draw(st.sampled_from(TYPES)) if kind == 0 else "application/json"}
    if kind == 1:
        headers["Idempotency-Key"] = draw(st.sampled_from(["", "k", "k" * 256, "ÿ", "a,b"]))
    if kind == 2:
        return {"data": draw(st.sampled_from(values.BODIES)), "headers": headers}
    if kind == 3:
        return {"data": draw(st.sampled_from(values.PACKED)), "headers": {**headers, "Content-Encoding": "gzip"}}
    return {"data": values.text_of(body), "headers": headers}


TYPES = (
    "application/json; charset=utf-16",
    "application/json; charset=x",
    "text/plain",
    "multipart/form-data",
    "a",
    "",
)


def form(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as a form, its URLs as files of what they hold."""
    parts = [(name[:200], value) for name, value in clean(body).items() if name]
    files = [(name, ("x.png", str(value).encode("utf-8", "replace"))) for name, value in parts if "image" in name]
    return {"files": files or [("x", ("x", b"x"))], "data": [(name, str(value)[:5000]) for name, value in parts]}


def segment(value: Any) -> str:
    """The value as one segment of a path."""
    text = value if isinstance(value, str) else json.dumps(value)
    return quote(text[:2000].encode("utf-8", "surrogatepass"), safe="") or "%20"


def clean(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members as an HTTP client can send them in a query or a form."""

    def sendable(text: str) -> str:
        return text.encode("utf-8", "replace").decode()[:4000]

    return {sendable(name): sendable(value) if isinstance(value, str) else value for name, value in members.items()}


@st.composite
def request_of(draw: st.DrawFn) -> Request:
    """Any action, by any of its doors."""
    action = draw(st.sampled_from([one for one in OPERATIONS if one.id not in SPARED]))
    doors = ["rest", "v1", "mcp"] if action.api.faces is None else ["rest"]
    request = DOORS[draw(st.sampled_from(doors))](draw, action)
    request.makes = action.kind == "generate"
    return request
