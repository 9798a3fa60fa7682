"""The paths beside the actions' own in the OpenAPI document: `/v1`'s runs, files and the rest, and `/mcp`."""

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

from service.definitions import Definitions
from service.describe import openapi_v1_account
from service.describe.openapi_v1 import problems, reference
from service.describe.run_schemas import RUN_STATUS, TIME, record

Json = dict[str, Any]

ANYTHING: Json = {"type": "object"}
CONNECTION: Json = record({"name": {"type": "string"}, "base_url": {"type": ["string", "null"]}})
TRIAL: Json = record({"ok": {"type": "boolean"}, "message": {"type": "string"}})
UPLOAD: Json = record({"file": {"type": "string", "format": "binary"}})
MAYBE_TEXT: Json = {"type": ["string", "null"]}
STEP: Json = record({"step": {"type": "string"}, "at": TIME, "provider": MAYBE_TEXT, "failed": {"type": "boolean"}})
TIMELINE: Json = record(
    {
        **dict.fromkeys(("model", "key", "provider", "engine"), MAYBE_TEXT),
        "lane": {"type": "string"},
        "provider_cost_usd": {"type": ["number", "null"]},
        "steps": {"type": "array", "items": STEP},
    }
)
RPC_ID: Json = {"type": ["string", "integer", "null"]}
RPC_REQUEST: Json = record({"jsonrpc": {"const": "2.0"}, "method": {"type": "string"}}, id=RPC_ID, params=ANYTHING)
RPC_ANSWER: Json = record({"jsonrpc": {"const": "2.0"}, "id": RPC_ID}, result=ANYTHING, error=ANYTHING)

PREVIEW = "With `dry_run`: nothing was posted."
SAME = "The account has the same subscription already."
STOPPING = "It was sent to a provider, which is asked to stop; the run ends within 30 seconds."


def build(definitions: Definitions) -> dict[str, Json]:
    """Each path's item, as OpenAPI 3.1 has it."""
    security: list[Json] = [{name: []} for name in sorted(definitions.keyed)]
    paths = (
        _runs()
        | _deliveries(definitions)
        | _actions(definitions)
        | _subscriptions(definitions)
        | _connections()
        | _files()
        | _bin()
        | _mcp()
        | openapi_v1_account.paths(_operation, partial(_sent, definitions), _list)
    )
    for item in paths.values():
        for operation in item.values():
            operation["security"] = copy.deepcopy(security)
    return paths


def _deliveries(definitions: Definitions) -> dict[str, Json]:
    delivery, sent = reference("schemas", "Delivery"), _sent(definitions, "replay.request")
    replayed = record(
        {
            "count": {"type": "integer"},
            "dry_run": {"type": "boolean"},
            "more": {"type": "boolean"},
            "deliveries": {"type": "array", "items": {"type": "string"}},
        }
    )
    listed = [
        _query("status", {"enum": ["pending", "delivered", "failed"]}),
        *(_query(name, {"type": "string"}) for name in ("host", "run", "cursor")),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 25}),
    ]
    return {
        "/v1/deliveries": {"get": _operation("deliveries.list", "List deliveries", _list(delivery), *listed)},
        "/v1/deliveries/{delivery_id}": {
            "get": _operation("deliveries.get", "Get a delivery and its body", delivery, _path("delivery_id"))
        },
        "/v1/deliveries/replay": {
            "post": _operation(
                "deliveries.replay_all", "Deliver many again", replayed, status=202, body=sent, _200=PREVIEW
            )
        },
    }


def _runs() -> dict[str, Json]:
    run, delivery, run_id = reference("schemas", "Run"), reference("schemas", "Delivery"), _path("run_id")
    listed = [
        _query("status", RUN_STATUS),
        *(
            _query(name, {"type": "string"})
            for name in ("action", "group", "key", "model", "from", "to", "q", "cursor")
        ),
        _query("include", {"enum": ["input", "output", "input,output"]}),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 25}),
    ]
    return {
        "/v1/runs": {"get": _operation("runs.list", "List runs", _list(reference("schemas", "ListedRun")), *listed)},
        "/v1/runs/{run_id}": {"get": _operation("runs.get", "Get a run", run, run_id)},
        "/v1/runs/events": {"get": _stream("runs.watch", "Follow all runs", reference("schemas", "ListedRun"))},
        "/v1/runs/{run_id}/timeline": {"get": _operation("runs.timeline", "See a run's steps", TIMELINE, run_id)},
        "/v1/runs/{run_id}/events": {"get": _stream("runs.events", "Follow a run", run, run_id)},
        "/v1/runs/{run_id}/cancel": {"post": _operation("runs.cancel", "Cancel a run", run, run_id, _202=STOPPING)},
        "/v1/runs/{run_id}/deliveries": {
            "get": _operation("runs.deliveries", "List a run's deliveries", _list(delivery), run_id)
        },
        "/v1/deliveries/{delivery_id}/replay": {
            "post": _operation("deliveries.replay", "Deliver again", delivery, _path("delivery_id"), status=202)
        },
    }


def _actions(definitions: Definitions) -> dict[str, Json]:
    action_id = _path("action_id")
    estimated, filled = _sent(definitions, "estimate.request"), _sent(definitions, "fields.request")
    estimate = reference("schemas", "Estimate")
    return {
        "/v1/actions": {"get": _operation("actions.list", "List actions", _list(ANYTHING))},
        "/v1/actions/{action_id}": {
            "get": _operation("actions.get", "Get an action's definition", ANYTHING, action_id)
        },
        "/v1/actions/{action_id}/estimate": {
            "post": _operation("actions.estimate", "Estimate a generate", estimate, action_id, body=estimated)
        },
        "/v1/actions/{action_id}/fields": {
            "post": _operation("actions.fields", "A field's options", ANYTHING, action_id, body=filled)
        },
    }


def _bin() -> dict[str, Json]:
    request = record({"at": TIME, "headers": ANYTHING, "body": {"type": "string"}, "truncated": {"type": "boolean"}})
    shown = record({"url": {"type": "string"}, "data": {"type": "array", "items": request}})
    deleted = record({"deleted": {"const": True}})
    return {
        "/v1/bin": {
            "get": _operation("bin.get", "See the account's request bin", shown),
            "delete": _operation("bin.clear", "Clear the account's request bin", deleted),
        }
    }


def _subscriptions(definitions: Definitions) -> dict[str, Json]:
    subscription, sent = reference("schemas", "Subscription"), _sent(definitions, "subscription.request")
    deleted, subscription_id = record({"deleted": {"const": True}}), _path("subscription_id")
    return {
        "/v1/subscriptions": {
            "get": _operation("subscriptions.list", "List subscriptions", _list(subscription)),
            "post": _operation("subscriptions.create", "Subscribe", subscription, status=201, body=sent, _200=SAME),
        },
        "/v1/subscriptions/{subscription_id}": {
            "delete": _operation("subscriptions.delete", "Unsubscribe", deleted, subscription_id)
        },
    }


def _connections() -> dict[str, Json]:
    return {
        "/v1/connections": {"get": _operation("connections.list", "List connections", _list(CONNECTION))},
        "/v1/connections/{name}/test": {
            "post": _operation("connections.test", "Test a connection or provider key", TRIAL, _path("name"))
        },
    }


def _files() -> dict[str, Json]:
    file, sent = record({"url": {"type": "string"}}), {"multipart/form-data": {"schema": UPLOAD}}
    return {"/v1/files": {"post": _operation("files.create", "Upload a file", file, status=201, body=sent)}}


def _mcp() -> dict[str, Json]:
    """The door alone: which tools stand behind it is told by `tools/list`, in MCP's own words."""
    sent = {"application/json": {"schema": RPC_REQUEST}}
    chosen = [_query(name, {"type": "string"}) for name in ("api", "kind")]
    operation = _operation(
        "mcp", "Use the actions as tools of the Model Context Protocol", RPC_ANSWER, *chosen, body=sent
    )
    operation["description"] = (
        "Streamable HTTP without a session: one JSON-RPC request or notification a POST. `api` and `kind` are comma "
        "lists that choose among the tools."
    )
    responses = operation["responses"]
    responses["202"] = {"description": "A notification, which has no answer."}
    responses["400"]["content"]["application/json"] = {"schema": RPC_ANSWER}
    return {"/mcp": {"post": operation}}


def _operation(
    name: str, summary: str, answer: Json, *parameters: Json, status: int = 200, body: Json | None = None, **also: str
) -> Json:
    """Describe an operation that answers `status` with `answer`; `body` is the content that it is sent.

    `also` are other statuses with the same answer, and when they are sent.
    """
    content = {"application/json": {"schema": answer}}
    described: Json = {
        "operationId": f"v1.{name}",
        "tags": ["v1"],
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            str(status): {"description": "Done.", "content": content},
            **{code.removeprefix("_"): {"description": when, "content": content} for code, when in also.items()},
            **problems(400, 401, 403, 404, 409, 413, 422, 429, 500, 503),
        },
    }
    return described if body is None else described | {"requestBody": {"required": True, "content": body}}


def _stream(name: str, summary: str, data: Json, *parameters: Json) -> Json:
    """Describe a stream of server-sent events whose data is `data`, which a reader takes up again by its last id."""
    last = {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}}
    described = _operation(name, summary, data, *parameters, last)
    answer: Json = described["responses"]["200"]
    answer |= {"description": "Each event from the first, or from after Last-Event-ID, until the run has ended."}
    answer["content"] = {"text/event-stream": {"schema": {"type": "string"}, "x-data": data}}
    return described


def _sent(definitions: Definitions, name: str) -> Json:
    """The content of a JSON body that is `schemas/v1/<name>.json`."""
    schema = copy.deepcopy(dict(definitions.schema(f"v1/{name}.json")))
    plain = {member: value for member, value in schema.items() if member not in ("$schema", "$id")}
    return {"application/json": {"schema": plain}}


def _list(item: Mapping[str, Any]) -> Json:
    return record({"data": {"type": "array", "items": item}, "next_cursor": {"type": ["string", "null"]}})


def _path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query(name: str, schema: Mapping[str, Any]) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": dict(schema)}
