"""What `/v1` shares among all actions, for the OpenAPI document. Source: contract, sections 3 and 4."""

import copy
from collections.abc import Mapping
from typing import Any

from service.definitions import Definitions
from service.packs import run_schemas
from service.packs.run_schemas import DELIVERY_STATUS, NULLABLE_TIME, RUN_STATUS, TIME, record

Json = dict[str, Any]

WAIT: Json = {
    "name": "wait",
    "in": "query",
    "required": False,
    "description": "Hold the answer until the run ends or this many seconds pass; "
    "25 where it is left out, for what is no generate on a hosted connection.",
    "schema": {"type": "integer", "minimum": 0, "maximum": 60, "default": 0},
}
IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body within 24 hours give the same run.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
CONNECTION: Json = {
    "type": "object",
    "required": ["base_url", "name"],
    "properties": {"name": {"type": "string"}, "base_url": {"type": ["string", "null"]}},
}
TRIAL: Json = {
    "type": "object",
    "required": ["message", "ok"],
    "properties": {"ok": {"type": "boolean"}, "message": {"type": "string"}},
}
EVENT = {"enum": ["run.started", "run.progress", "run.completed", "run.failed", "run.canceled"]}


def reference(section: str, name: str) -> Json:
    """`{"$ref": "#/components/<section>/<name>"}`."""
    return {"$ref": f"#/components/{section}/{name}"}


def schemas() -> Json:
    """The shapes of `/v1`."""
    text, number = {"type": "string"}, {"type": "integer"}
    maybe_text, maybe_number = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
    attempt = record(
        {"at": TIME, "status_code": maybe_number, "duration_ms": number, "response": maybe_text, "error": maybe_text}
    )
    delivery = record(
        {
            "id": text,
            "event": EVENT,
            "url": text,
            "status": DELIVERY_STATUS,
            "next_attempt_at": NULLABLE_TIME,
            "attempts": {"type": "array", "items": attempt},
        }
    )
    subscription = record(
        {
            "id": text,
            "target_url": text,
            "events": {"type": "array", "items": EVENT},
            "actions": {"type": "array", "items": text},
            "status": {"enum": ["active", "disabled"]},
            "disabled_reason": maybe_text,
            "created_at": TIME,
        }
    )
    problem = record(
        {"type": text, "title": text, "status": number, "detail": text},
        errors={"type": "array", "items": record({"pointer": text, "message": text})},
    )
    return {
        **run_schemas.parts(),
        "Run": run_of(run_schemas.ANY_OUTPUT),
        "Delivery": delivery,
        "Subscription": subscription,
        "Problem": problem,
    }


def run_of(output: Json) -> Json:
    """A run with that output, its parts by their names."""
    return run_schemas.run(output, lambda name: reference("schemas", name))


def run_responses(schema: str) -> Json:
    """202 and 200 with the run of that schema."""
    content = {"application/json": {"schema": reference("schemas", schema)}}
    headers = {"Location": {"schema": {"type": "string"}}}
    return {
        "200": {
            "description": "The run has ended, or its Idempotency-Key had it.",
            "headers": headers,
            "content": content,
        },
        "202": {"description": "The run is queued.", "headers": headers, "content": copy.deepcopy(content)},
        **problems(400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503),
    }


def problems(*statuses: int) -> Json:
    """Problem details for these statuses."""
    content = {"application/problem+json": {"schema": reference("schemas", "Problem")}}
    return {str(status): {"description": "Problem details (RFC 9457).", "content": content} for status in statuses}


def paths(definitions: Definitions) -> Json:
    """Runs, deliveries, subscriptions, files, connections."""
    security: list[Json] = [{name: []} for name in sorted(definitions.apis)]

    def operation(
        name: str, summary: str, answer: Json, *parameters: Json, status: int = 200, body: Json | None = None
    ) -> Json:
        described: Json = {
            "operationId": f"v1.{name}",
            "tags": ["v1"],
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                str(status): {"description": "Done.", "content": {"application/json": {"schema": answer}}},
                **problems(400, 401, 403, 404, 409, 413, 422, 429, 500, 503),
            },
            "security": security,
        }
        return described if body is None else described | {"requestBody": {"required": True, "content": body}}

    def sent(schema: str) -> Json:
        return {"application/json": {"schema": _plain(definitions.schema(f"v1/{schema}.json"))}}

    run, delivery = reference("schemas", "Run"), reference("schemas", "Delivery")
    subscription, estimate = reference("schemas", "Subscription"), reference("schemas", "Estimate")
    run_id, action_id = _path("run_id"), _path("action_id")
    listed = [
        _query("status", RUN_STATUS),
        *(_query(name, {"type": "string"}) for name in ("action", "group", "cursor")),
    ]
    limit = _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 25})
    upload = record({"file": {"type": "string", "format": "binary"}})
    anything = {"type": "object"}
    return {
        "/v1/runs": {"get": operation("runs.list", "List runs", _list(run), *listed, limit)},
        "/v1/runs/{run_id}": {"get": operation("runs.get", "Get a run", run, run_id)},
        "/v1/runs/{run_id}/cancel": {"post": operation("runs.cancel", "Cancel a run", run, run_id)},
        "/v1/runs/{run_id}/deliveries": {
            "get": operation("runs.deliveries", "List a run's deliveries", _list(delivery), run_id)
        },
        "/v1/deliveries/{delivery_id}/replay": {
            "post": operation("deliveries.replay", "Deliver again", delivery, _path("delivery_id"), status=202)
        },
        "/v1/actions": {"get": operation("actions.list", "List actions", _list(anything))},
        "/v1/actions/{action_id}": {"get": operation("actions.get", "Get an action's definition", anything, action_id)},
        "/v1/actions/{action_id}/estimate": {
            "post": operation(
                "actions.estimate", "Estimate a generate", estimate, action_id, body=sent("estimate.request")
            )
        },
        "/v1/actions/{action_id}/fields": {
            "post": operation("actions.fields", "A field's options", anything, action_id, body=sent("fields.request"))
        },
        "/v1/files": {
            "post": operation(
                "files.create",
                "Upload a file",
                record({"url": {"type": "string"}}),
                status=201,
                body={"multipart/form-data": {"schema": upload}},
            )
        },
        "/v1/subscriptions": {
            "get": operation("subscriptions.list", "List subscriptions", _list(subscription)),
            "post": operation(
                "subscriptions.create", "Subscribe", subscription, status=201, body=sent("subscription.request")
            ),
        },
        "/v1/subscriptions/{subscription_id}": {
            "delete": operation(
                "subscriptions.delete",
                "Unsubscribe",
                record({"deleted": {"const": True}}),
                _path("subscription_id"),
            )
        },
        "/v1/connections": {"get": operation("connections.list", "List connections", _list(CONNECTION))},
        "/v1/connections/{name}/test": {
            "post": operation("connections.test", "Test a connection or provider key", TRIAL, _path("name"))
        },
    }


def webhooks() -> Json:
    """The events that are posted to callback URLs."""
    body = record({"type": EVENT, "timestamp": TIME, "data": reference("schemas", "Run")})
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ]
    post = {
        "summary": "A run's event, signed per Standard Webhooks",
        "parameters": headers,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"2XX": {"description": "Delivered."}},
    }
    return {"run": {"post": post}}


def _list(item: Mapping[str, Any]) -> Json:
    return record({"data": {"type": "array", "items": item}, "next_cursor": {"type": ["string", "null"]}})


def _path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query(name: str, schema: Mapping[str, Any]) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": dict(schema)}


def _plain(schema: Mapping[str, Any]) -> Json:
    return {name: value for name, value in copy.deepcopy(dict(schema)).items() if name not in ("$schema", "$id")}
