"""`GET /v1/extensions`: what the operator added, as everybody who may use it sees it: no address and no key."""

from flask import Blueprint, Response

from service.extensions import adding, book
from service.operations.service import Service
from service.store.clock import iso
from service.web.faces import json
from service.web.v1 import only_query


def blueprint(service: Service) -> Blueprint:
    """Make the route; extensions are changed by the command line alone."""
    routes = Blueprint("extensions", __name__, url_prefix="/v1/extensions")

    @routes.get("")
    def listed() -> Response:
        only_query(())
        with service.context.database.read() as db:
            shown = [
                {"name": one.name, "kind": one.kind, "created_at": iso(one.created_at), "made": adding.made(db, one)}
                for one in book.active(db)
            ]
        return json({"data": shown, "next_cursor": None})

    return routes
