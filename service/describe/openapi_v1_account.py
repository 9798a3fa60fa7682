"""The account's own paths of `/v1` in the OpenAPI document: keys, usage, budgets, own keys, and the operator's view."""

from collections.abc import Callable, Mapping
from typing import Any

from service.describe.openapi_v1 import reference
from service.describe.run_schemas import NULLABLE_TIME, TIME, record

Json = dict[str, Any]
Operation = Callable[..., Json]
TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer"}
FLAG: Json = {"type": "boolean"}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
TEXTS: Json = {"type": "array", "items": TEXT}


def schemas() -> dict[str, Json]:
    """Return the shapes of these paths, by name."""
    budget = record(
        {
            "scope": {"enum": ["account", "key"]},
            "key": MAYBE_TEXT,
            "limit": NUMBER,
            "period": {"enum": ["day", "month", "total"]},
            "used": NUMBER,
            "held": NUMBER,
            "resets_at": NULLABLE_TIME,
        }
    )
    key = {
        "key_id": NUMBER,
        "api": TEXT,
        "name": TEXT,
        "prefix": TEXT,
        "scopes": TEXTS,
        "parent": MAYBE_TEXT,
        "budget": {"anyOf": [reference("schemas", "Budget"), {"type": "null"}]},
        "created_at": TIME,
        "last_used_at": NULLABLE_TIME,
        "expires_at": NULLABLE_TIME,
    }
    fresh = record({**key, "api_key": TEXT}, rotated=TEXT, old_key_ends_at=TIME)
    return {"Budget": budget, "Key": record(key), "FreshKey": fresh, "Account": _account(), "Usage": _usage()}


def paths(operation: Operation, sent: Callable[[str], Json], listed: Callable[[Mapping[str, Any]], Json]) -> Json:
    """Return each path's item; `operation`, `sent` and `listed` are those of `openapi_paths`."""
    return _keys(operation, sent, listed) | _own_keys(operation, sent, listed) | _money(operation, sent, listed)


def _keys(operation: Operation, sent: Callable[[str], Json], listed: Callable[[Mapping[str, Any]], Json]) -> Json:
    key, fresh, prefix = reference("schemas", "Key"), reference("schemas", "FreshKey"), _path("prefix")
    return {
        "/v1/keys": {
            "get": operation("keys.list", "List API keys", listed(key)),
            "post": operation("keys.create", "Mint an API key", fresh, status=201, body=sent("key.request")),
        },
        "/v1/keys/{prefix}": {
            "patch": operation("keys.change", "Change an API key", key, prefix, body=sent("key.change")),
            "delete": operation("keys.revoke", "Revoke an API key", record({"revoked": TEXTS}), prefix),
        },
        "/v1/keys/{prefix}/rotate": {
            "post": operation("keys.rotate", "Rotate an API key", fresh, prefix, status=201, body=sent("key.rotate"))
        },
    }


def _own_keys(operation: Operation, sent: Callable[[str], Json], listed: Callable[[Mapping[str, Any]], Json]) -> Json:
    provider = record({"name": TEXT, "configured": FLAG, "enabled": FLAG, "in_plan": FLAG})
    connection, deleted, name = (
        record({"name": TEXT, "base_url": MAYBE_TEXT}),
        record({"deleted": {"const": True}}),
        _path("name"),
    )
    return {
        "/v1/providers": {"get": operation("providers.list", "List providers and own keys", listed(provider))},
        "/v1/providers/{name}": {
            "put": operation(
                "providers.set", "Keep an own provider key", provider, name, body=sent("provider-key.request")
            ),
            "delete": operation("providers.delete", "Delete an own provider key", deleted, name),
        },
        "/v1/connections/{name}": {
            "put": operation(
                "connections.set", "Keep a connection's key", connection, name, body=sent("connection-key.request")
            ),
            "delete": operation("connections.delete", "Delete a connection's key", deleted, name),
        },
    }


def _money(operation: Operation, sent: Callable[[str], Json], listed: Callable[[Mapping[str, Any]], Json]) -> Json:
    day = {"type": "string", "format": "date"}
    queries = [_query("from", day), _query("to", day), _query("group_by", TEXT)]
    told = operation("usage", "What generates came to", reference("schemas", "Usage"), *queries)
    told["responses"]["200"]["content"]["text/csv"] = {"schema": TEXT}
    account = reference("schemas", "Account")
    secret = record({"callback_secret": TEXT, "old_secret_ends_at": TIME})
    return {
        "/v1/account": {
            "get": operation("account.get", "Get the account", account),
            "patch": operation("account.change", "Set the account's budget", account, body=sent("account.change")),
        },
        "/v1/account/secret/rotate": {
            "post": operation("account.rotate_secret", "Rotate the callback signing secret", secret)
        },
        "/v1/usage": {"get": told},
        "/v1/budgets": {"get": operation("budgets.list", "List budgets", listed(reference("schemas", "Budget")))},
        "/v1/extensions": {"get": operation("extensions.list", "List what was added", listed(_extension()))},
        "/v1/operator": {"get": operation("operator", "See the whole installation", {"type": "object"})},
    }


def _account() -> Json:
    ends = {"type": "array", "items": record({"expires_at": NULLABLE_TIME})}
    limits = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": NUMBER}}
    numbers = ("user_id", "credits", "held", "storage_used", "storage_limit", "parallel_tasks", "credits_per_dollar")
    return record(
        {
            **dict.fromkeys(("name", "workspace_id", "plan"), TEXT),
            **dict.fromkeys(numbers, NUMBER),
            **dict.fromkeys(("thumbnail_generator", "operator", "byok"), FLAG),
            "budget": {"anyOf": [reference("schemas", "Budget"), {"type": "null"}]},
            "limits": limits,
            "secrets": ends,
            "key": record({"api": TEXT, "scopes": TEXTS}),
        }
    )


def _extension() -> Json:
    made = {"type": "array", "items": {"type": "object"}}
    return record({"name": TEXT, "kind": TEXT, "created_at": TIME, "made": made})


def _usage() -> Json:
    counts = ("runs", "completed", "failed", "canceled", "credits", "cost_known_runs")
    figures = {**dict.fromkeys(counts, NUMBER), "provider_cost_usd": {"type": ["number", "null"]}}
    return record({"data": {"type": "array", "items": record(figures)}, "total": record(figures)})


def _path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def _query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema}
