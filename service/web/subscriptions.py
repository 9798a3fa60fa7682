"""`/v1/subscriptions`: addresses that are told of an account's runs. Source: contract, sections 3 and 4."""

from typing import Any

from flask import Blueprint, Response, g, request

from service.accounts import scopes
from service.delivery import subscriptions
from service.errors import ValidationError
from service.operations.service import Service
from service.web.actions import refuse_passing_events_for_n8n
from service.web.body import json_object
from service.web.faces import json
from service.web.v1 import only_query, v1_body


def blueprint(service: Service) -> Blueprint:
    """Routes under /v1/subscriptions."""
    routes = Blueprint("subscriptions", __name__, url_prefix="/v1/subscriptions")
    database = service.context.database

    @routes.get("")
    def listed() -> Response:
        only_query(())
        with database.read() as db:
            return json({"data": subscriptions.of_account(db, g.caller.account_id), "next_cursor": None})

    @routes.post("")
    def created() -> Response:
        only_query(())
        scopes.require_any(g.caller)
        account_id, wanted = g.caller.account_id, _wanted(service)
        subscription = database.write(
            lambda db: subscriptions.create(db, account_id, wanted["target_url"], wanted["events"], wanted["actions"])
        )
        return json(subscription, 201)

    @routes.delete("/<subscription_id>")
    def deleted(subscription_id: str) -> Response:
        only_query(())
        scopes.require_any(g.caller)
        account_id = g.caller.account_id
        database.write(lambda db: subscriptions.delete(db, account_id, subscription_id))
        return json({"deleted": True})

    return routes


def _wanted(service: Service) -> dict[str, Any]:
    """The body's target_url, events and actions. Raises ValidationError, also for an address that may not be called."""
    body = v1_body(service, "subscription.request", json_object(request))
    for index, action_id in enumerate(body["actions"]):
        if action_id not in service.context.definitions.actions:
            raise ValidationError.at(f"/actions/{index}", f"there is no action {action_id}")
    refuse_passing_events_for_n8n(body["target_url"], tuple(body["events"]), "/events")
    service.context.guard.check_url(body["target_url"], "/target_url", g.caller.account_id)
    return body
