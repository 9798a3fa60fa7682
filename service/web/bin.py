"""`/v1/bin`, the account's request bin, and `/bin/<token>`, where anybody who knows its address may post to it."""

from flask import Blueprint, Response, g, request

from service.accounts import scopes
from service.delivery.bins import BODY_BYTES
from service.operations.service import Service
from service.web.faces import json
from service.web.v1 import no_body, only_query


def blueprint(service: Service) -> Blueprint:
    """Build the routes of the request bin."""
    routes = Blueprint("bin", __name__)
    bins = service.context.bins

    @routes.get("/v1/bin")
    def shown() -> Response:
        only_query(())
        account_id = g.caller.account_id
        return json({"url": bins.url(account_id), "data": bins.read(account_id)})

    @routes.delete("/v1/bin")
    def cleared() -> Response:
        only_query(())
        no_body()
        scopes.require_any(g.caller)
        bins.clear(g.caller.account_id)
        return json({"deleted": True})

    @routes.post("/bin/<token>")
    def posted(token: str) -> Response:
        request.max_content_length = BODY_BYTES
        bins.keep(token, request.headers.items(), request.get_data(cache=False))
        return Response(status=204)

    return routes
