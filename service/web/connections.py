"""`/v1/connections`: where an account's runs may be made, and whether its keys work."""

from flask import Blueprint, Response, g

from service import providers
from service.accounts import keyring, scopes
from service.accounts.keys import Caller
from service.config import PROVIDERS
from service.definitions import LOCAL
from service.errors import NotFound, ServiceError
from service.hosted import trial
from service.operations.service import Service
from service.providers.base import Access
from service.web.faces import json
from service.web.v1 import no_body, only_query


def blueprint(service: Service) -> Blueprint:
    """Routes under /v1/connections."""
    routes = Blueprint("connections", __name__, url_prefix="/v1/connections")

    @routes.get("")
    def listed() -> Response:
        only_query(())
        return json({"data": service.originals.listed(g.caller.account_id), "next_cursor": None})

    @routes.post("/<name>/test")
    def tested(name: str) -> Response:
        only_query(())
        no_body()
        scopes.require_write(g.caller, service.context.definitions.apis[g.caller.api])
        with service.waiter.place(g.caller.account_id):
            ok, message = _tried(service, g.caller, name)
        return json({"ok": ok, "message": message})

    return routes


def _tried(service: Service, caller: Caller, name: str) -> tuple[bool, str]:
    """Return whether that key works, and why not. Raises NotFound where the account has no such key."""
    if name == LOCAL:
        return True, "This service itself; it needs no other key."
    if name in PROVIDERS:
        return _tried_provider(service, caller, name)
    original = service.originals.find(caller.account_id, name)
    if original is None:
        raise NotFound(f"This account has no key for {name}.")
    return trial.tried(original, service.context.definitions)


def _tried_provider(service: Service, caller: Caller, name: str) -> tuple[bool, str]:
    with service.context.database.read() as db:
        own = keyring.provider(db, service.context.vault, caller.account_id, name)
    if own is None:
        raise NotFound(f"This account has no key for {name}.")
    try:
        providers.open(name, Access(own.key, own.base_url), service.context.guard).check()
    except ServiceError as error:
        return False, error.message
    return True, f"{name} takes the key" + ("." if own.enabled else ", which is disabled here.")
