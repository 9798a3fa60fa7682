"""`/v1/keys`: an account's API keys, minted, limited, rotated and revoked by a key with the scope admin."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection

from service.accounts import budgets, key_list, key_rotation, keys, scopes
from service.accounts.keys import Caller, MintedKey
from service.errors import Forbidden, ValidationError
from service.operations.service import Service
from service.store.clock import iso, now
from service.web.body import json_object
from service.web.faces import json
from service.web.v1 import no_body, only_query, v1_body


def blueprint(service: Service) -> Blueprint:
    """Routes under /v1/keys."""
    routes = Blueprint("keys", __name__, url_prefix="/v1/keys")

    @routes.get("")
    def listed() -> Response:
        only_query(())
        with service.context.database.read() as db:
            return json({"data": key_list.of_account(db, g.caller.account_id), "next_cursor": None})

    @routes.post("")
    def minted() -> Response:
        only_query(())
        scopes.require_admin(g.caller)
        body = v1_body(service, "key.request", json_object(request))
        return json(_mint(service, g.caller, body), 201)

    @routes.patch("/<prefix>")
    def changed(prefix: str) -> Response:
        only_query(())
        scopes.require_admin(g.caller)
        body = v1_body(service, "key.change", json_object(request))
        if not body:
            raise ValidationError.at("", "say what to change: name or budget")
        return json(_change(service, g.caller, prefix, body))

    @routes.post("/<prefix>/rotate")
    def rotated(prefix: str) -> Response:
        only_query(())
        scopes.require_admin(g.caller)
        body = v1_body(service, "key.rotate", json_object(request))
        return json(_rotate(service, g.caller, prefix, key_list.grace_ms(body["grace"])), 201)

    @routes.delete("/<prefix>")
    def revoked(prefix: str) -> Response:
        only_query(())
        no_body()
        scopes.require_admin(g.caller)
        account_id = g.caller.account_id

        def work(db: Connection) -> list[str]:
            return keys.revoke(db, account_id, keys.find(db, account_id, prefix).id)

        return json({"revoked": service.context.database.write(work)})

    return routes


def _mint(service: Service, caller: Caller, body: Mapping[str, Any]) -> dict[str, Any]:
    context = service.context
    keyed = context.definitions.keyed
    api = keyed.get(body.get("api", caller.api))
    if api is None:
        raise ValidationError.at("/api", f"must be one of {', '.join(keyed)}")
    limit = budgets.parse(body["budget"]) if body.get("budget") else None

    def work(db: Connection) -> dict[str, Any]:
        made = keys.mint_as(db, context.vault, caller, api, body["name"], body.get("scopes") or ())
        if limit is not None:
            budgets.set_budget(db, caller.account_id, made.key_id, limit)
        return _shown(db, caller, made)

    return context.database.write(work)


def _change(service: Service, caller: Caller, prefix: str, body: Mapping[str, Any]) -> dict[str, Any]:
    limit = budgets.parse(body["budget"]) if body.get("budget") else None

    def work(db: Connection) -> dict[str, Any]:
        key = keys.find(db, caller.account_id, prefix)
        if "budget" in body:
            _check_budget(db, caller, key.id, limit)
            budgets.set_budget(db, caller.account_id, key.id, limit)
        if body.get("name"):
            keys.change(db, key.id, name=body["name"])
        return key_list.of_account(db, caller.account_id, key.id)[0]

    return service.context.database.write(work)


def _rotate(service: Service, caller: Caller, prefix: str, grace: int) -> dict[str, Any]:
    context = service.context

    def work(db: Connection) -> dict[str, Any]:
        key = keys.find(db, caller.account_id, prefix)
        _check_rotation(db, service, caller, key)
        api = context.definitions.apis[key.api]
        made = key_rotation.rotate(db, context.vault, caller.account_id, api, prefix, grace)
        return _shown(db, caller, made) | {"rotated": prefix, "old_key_ends_at": iso(now() + grace)}

    return context.database.write(work)


def _shown(db: Connection, caller: Caller, made: MintedKey) -> dict[str, Any]:
    """The key with its secret, which no other answer has."""
    return key_list.of_account(db, caller.account_id, made.key_id)[0] | {"api_key": made.api_key}


def _check_budget(db: Connection, caller: Caller, key_id: int, limit: budgets.Limit | None) -> None:
    """Raise Forbidden where a key changes the budget of one above it, or loosens its own."""
    if key_id == caller.key_id:
        before = budgets.of_key(db, caller.account_id, key_id)
        if before is None or (limit is not None and budgets.is_within(limit, before)):
            return
        raise Forbidden("A key may lower its own budget, but neither raise it nor take it away.")
    if key_rotation.is_below(db, caller.key_id, key_id):
        raise Forbidden("A key changes no budget of a key above it.")


def _check_rotation(db: Connection, service: Service, caller: Caller, key: Any) -> None:
    """Raise Forbidden where the successor could do more, or spend more, than the key that asks."""
    api = service.context.definitions.apis[key.api]
    lacking = [scope for scope in keys.scopes_of(key) if not keys.covers(caller, api, scope)]
    if lacking:
        raise Forbidden(
            f"The API key lacks the scope {lacking[0]}, so it can't rotate a key with it.", needed=lacking[0]
        )
    if not key_rotation.is_below(db, key.id, caller.key_id) and budgets.binds(db, caller.account_id, caller.key_id):
        raise Forbidden("A key with a budget rotates itself and the keys that it minted, no others.")
