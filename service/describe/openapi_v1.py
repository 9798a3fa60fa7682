"""The parts of the OpenAPI document that the paths of `/v1` share."""

import copy
from typing import Any

from service.describe import run_schemas
from service.describe.run_schemas import DELIVERY_STATUS, NULLABLE_TIME, TIME, record

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
        },
        headers={"type": "array", "items": text},
    )
    problem = record(
        {"type": text, "title": text, "status": number, "detail": text},
        errors={"type": "array", "items": record({"pointer": text, "message": text})},
    )
    return {
        **run_schemas.parts(),
        "Run": run_of(run_schemas.ANY_OUTPUT),
        "ListedRun": run_schemas.listed(lambda name: reference("schemas", name)),
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
