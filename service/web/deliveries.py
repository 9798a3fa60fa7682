"""`/v1/deliveries`: what was posted, and posting it again."""

import re

from flask import Blueprint, Response, g, request

from service.accounts import scopes
from service.delivery import deliveries
from service.delivery.deliveries import Filter
from service.errors import ValidationError
from service.operations.service import Service
from service.queue import DELIVERIES
from service.runs.read import read_run
from service.web.body import json_object
from service.web.faces import json
from service.web.v1 import LONGEST_PAGE, PAGE, no_body, one_of, only_query, v1_body, whole_number

CURSOR = re.compile(r"msg_[0-9a-f]{32}\.(c[0-9]{1,19}|sub_[0-9a-f]{32})")
STATUSES = ("pending", "delivered", "failed")


def blueprint(service: Service) -> Blueprint:
    """Build the routes under /v1/deliveries, and a run's own deliveries."""
    routes = Blueprint("deliveries", __name__, url_prefix="/v1")
    context = service.context

    @routes.get("/runs/<run_id>/deliveries")
    def of_run(run_id: str) -> Response:
        only_query(())
        read_run(context, g.caller.account_id, run_id)
        with context.database.read() as db:
            return json({"data": deliveries.of_run(db, g.caller.account_id, run_id), "next_cursor": None})

    @routes.get("/deliveries")
    def listed() -> Response:
        only_query(("status", "host", "run", "limit", "cursor"))
        which = Filter(one_of("status", STATUSES), request.args.get("host") or None, request.args.get("run") or None)
        limit, cursor = whole_number("limit", 1, LONGEST_PAGE, PAGE), _cursor()
        with context.database.read() as db:
            return json(deliveries.page(db, g.caller.account_id, which, limit, cursor))

    @routes.get("/deliveries/<delivery_id>")
    def one_shown(delivery_id: str) -> Response:
        only_query(())
        with context.database.read() as db:
            return json(deliveries.get(db, g.caller.account_id, delivery_id))

    @routes.post("/deliveries/replay")
    def replayed() -> Response:
        only_query(())
        scopes.require_any(g.caller)
        body = v1_body(service, "replay.request", json_object(request))
        account_id, which, dry_run = g.caller.account_id, Filter(**body["filter"]), body["dry_run"]
        answer = context.database.write(lambda db: deliveries.replay_all(db, account_id, which, dry_run))
        if not dry_run:
            context.bell.announce(DELIVERIES)
        return json(answer, 200 if dry_run else 202)

    @routes.post("/deliveries/<delivery_id>/replay")
    def one_replayed(delivery_id: str) -> Response:
        only_query(())
        no_body()
        scopes.require_any(g.caller)
        account_id = g.caller.account_id
        delivery = context.database.write(lambda db: deliveries.replay(db, delivery_id, account_id=account_id))
        context.bell.announce(DELIVERIES)
        return json(delivery, 202)

    return routes


def _cursor() -> str | None:
    """Read where a page begins: the `next_cursor` of the one before. Raises ValidationError."""
    text = request.args.get("cursor")
    if text is not None and not CURSOR.fullmatch(text):
        raise ValidationError.at("/cursor", "must be the next_cursor of the page before")
    return text
