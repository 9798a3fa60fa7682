"""`/v1/providers` and the writing side of `/v1/connections`: keys that an account brings along.

A key alone is set here. Where it is sent is the operator's to say: no base URL comes over HTTP.
"""

from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection

from service.accounts import keyring, scopes
from service.config import PROVIDERS
from service.errors import NotFound
from service.operations.service import Service
from service.web.body import json_object
from service.web.faces import json
from service.web.v1 import no_body, only_query, v1_body


def blueprint(service: Service) -> Blueprint:
    """Routes under /v1/providers and /v1/connections/<name>."""
    routes = Blueprint("own_keys", __name__, url_prefix="/v1")
    database, vault = service.context.database, service.context.vault

    @routes.get("/providers")
    def listed() -> Response:
        only_query(())
        byok = service.context.catalog.plan(g.caller.plan).byok
        with database.read() as db:
            kept = keyring.providers(db, g.caller.account_id)
        shown = [_provider(name, kept.get(name), byok) for name in PROVIDERS]
        return json({"data": shown, "next_cursor": None})

    @routes.put("/providers/<name>")
    def provider_set(name: str) -> Response:
        account_id, body = _admitted(name, PROVIDERS)

        def work(db: Connection) -> bool | None:
            keyring.replace_provider(db, vault, account_id, name, body["key"], body["enabled"])
            return keyring.providers(db, account_id)[name]

        byok = service.context.catalog.plan(g.caller.plan).byok
        return json(_provider(name, database.write(work), byok))

    @routes.delete("/providers/<name>")
    def provider_deleted(name: str) -> Response:
        return _deleted(name, keyring.delete_provider)

    @routes.put("/connections/<name>")
    def connection_set(name: str) -> Response:
        account_id, body = _admitted(name, service.context.definitions.apis)
        database.write(lambda db: keyring.replace_connection(db, vault, account_id, name, body["key"]))
        found = next(one for one in service.originals.listed(account_id) if one["name"] == name)
        return json(found)

    @routes.delete("/connections/<name>")
    def connection_deleted(name: str) -> Response:
        return _deleted(name, keyring.delete_connection)

    def _admitted(name: str, known: Any) -> tuple[str, dict[str, Any]]:
        """The account and the body. Raises Forbidden, NotFound, ValidationError."""
        only_query(())
        scopes.require_admin(g.caller)
        if name not in known:
            raise NotFound(f"There is no {name}; known are {', '.join(known)}.")
        schema = "provider-key.request" if known is PROVIDERS else "connection-key.request"
        return g.caller.account_id, v1_body(service, schema, json_object(request))

    def _deleted(name: str, delete: Any) -> Response:
        only_query(())
        no_body()
        scopes.require_admin(g.caller)
        account_id = g.caller.account_id
        if not database.write(lambda db: delete(db, account_id, name)):
            raise NotFound(f"This account has no key for {name}.")
        return json({"deleted": True})

    return routes


def _provider(name: str, enabled: bool | None, byok: bool) -> dict[str, Any]:
    """A provider and the account's key for it: `enabled` is None where there is none."""
    return {"name": name, "configured": enabled is not None, "enabled": bool(enabled), "in_plan": byok}
