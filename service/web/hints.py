"""`POST /providers/<name>/webhooks/<token>`: a provider hints that a run's work has moved; the truth is asked for."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from service import providers
from service.context import Context
from service.errors import NotFound, ServiceError, Unauthorized
from service.generation.access import ProviderAccess
from service.generation.hints import Hints
from service.runs.poll_now import AwaitedRun, awaited, poll_now
from service.web.limits import WEBHOOK_BYTES
from service.web.unpacking import unpack


def knows(context: Context) -> Callable[[Mapping[str, Any]], bool]:
    """Tells whether the arguments of a webhook's path name a provider and hold a token of a run."""
    hints = Hints(context.vault, context.settings.public_url)

    def known(arguments: Mapping[str, Any]) -> bool:
        return (
            arguments["name"] in providers.names() and hints.run_of(arguments["name"], arguments["token"]) is not None
        )

    return known


def blueprint(context: Context) -> Blueprint:
    """The route of every provider's webhooks; its key is the token, and the provider's own signature."""
    routes = Blueprint("hints", __name__)
    desk = ProviderAccess(context.database, context.vault, context.settings.providers, context.guard)
    hints = Hints(context.vault, context.settings.public_url)

    @routes.post("/providers/<name>/webhooks/<token>")
    def hear(name: str, token: str) -> Response:
        run_id = hints.run_of(name, token)
        if run_id is None or name not in providers.names():
            raise NotFound("There is nothing at this address.")
        request.max_content_length = WEBHOOK_BYTES
        unpack(request, WEBHOOK_BYTES)
        run = awaited(context, run_id, name)
        if run is not None:
            if not _is_theirs(desk, name, run):
                raise Unauthorized("This webhook's signature is not the provider's.")
            poll_now(context, run)
        return Response(status=204)

    return routes


def _is_theirs(desk: ProviderAccess, name: str, run: AwaitedRun) -> bool:
    """Return whether the provider sent this; a key that is gone verifies nothing."""
    try:
        provider = desk.open(name, run.account_id, run.byok)
    except ServiceError:
        return False
    return provider.heard({name.lower(): value for name, value in request.headers.items()}, request.get_data())
