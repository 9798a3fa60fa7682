"""`/v1/subscriptions`: addresses that are told of an account's runs."""

from flask import Blueprint, Response, g, request

from service.accounts import scopes
from service.delivery import headers, subscriptions
from service.delivery.subscriptions import NewSubscription
from service.errors import ValidationError
from service.net.urls import AROUND
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
        most = service.context.settings.subscriptions_per_account
        subscription, new = database.write(lambda db: subscriptions.subscribe(db, account_id, wanted, most))
        return json(subscription, 201 if new else 200)

    @routes.delete("/<subscription_id>")
    def deleted(subscription_id: str) -> Response:
        only_query(())
        scopes.require_any(g.caller)
        account_id = g.caller.account_id
        database.write(lambda db: subscriptions.delete(db, account_id, subscription_id))
        return json({"deleted": True})

    return routes


def _wanted(service: Service) -> NewSubscription:
    """Read the body. Raises ValidationError, also for an address that may not be called."""
    body = v1_body(service, "subscription.request", json_object(request))
    for index, action_id in enumerate(body["actions"]):
        if action_id not in service.context.definitions.actions:
            raise ValidationError.at(f"/actions/{index}", f"there is no action {action_id}")
    url = body["target_url"].strip(AROUND)
    refuse_passing_events_for_n8n(url, tuple(body["events"]), "/events")
    sent = headers.check(body.get("headers") or {}, "/headers")
    if not service.context.bins.owns(url, g.caller.account_id):
        service.context.guard.check_url(url, "/target_url", g.caller.account_id)
    return NewSubscription(url, body["events"], body["actions"], sent, headers.sealed(service.context.vault, sent))
