"""A caller's own Generor keys. Source: generor-api, 'API Keys'."""

import builtins
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from service.accounts import keys
from service.apis.pages import page
from service.apis.request import Request
from service.store.clock import plain
from service.store.tables import api_keys

API = "generor"
WARNING = "Save this API key now. It will not be shown again."


def list(request: Request) -> dict[str, Any]:
    """The account's active keys by their prefixes. Source: GET /api-keys."""
    return page(request, keys.active(request.caller.account_id, API), api_keys.c.id, _keys)


def create(request: Request) -> dict[str, Any]:
    """A new key, shown whole this once. Source: POST /api-keys.

    Raises Forbidden for a scope that the caller's key lacks, Conflict at 10 active keys.
    """
    wanted, vault = request.input, request.context.vault
    api = request.action.api
    made = keys.mint_as(request.db, vault, request.caller, api, wanted["name"], wanted.get("scopes", ()))
    return {
        "key_id": made.key_id,
        "api_key": made.api_key,
        "prefix": made.prefix,
        "name": made.name,
        "scopes": [*made.scopes],
        "message": WARNING,
    }


def revoke(request: Request) -> dict[str, Any]:
    """Deactivate a key and those that it minted at once, the one in use too: DELETE /api-keys/{id}. Raises NotFound."""
    ended = keys.revoke(request.db, request.caller.account_id, request.input["id"], API)
    return {"key_id": request.input["id"], "revoked": True, "prefixes": ended}


def _keys(_: Request, rows: Sequence[Row[Any]]) -> builtins.list[dict[str, Any]]:
    return [
        {
            "key_id": row.id,
            "prefix": row.prefix,
            "name": row.name,
            "scopes": orjson.loads(row.scopes),
            "created_at": plain(row.created_at),
        }
        for row in rows
    ]
