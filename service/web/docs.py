"""Pages about the service itself: OpenAPI, the reference page, problem types, the callbacks' public key."""

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as BaseResponse

from service.context import Context
from service.delivery import signing
from service.describe import openapi, reference
from service.errors import NotFound
from service.extensions.current import Derived
from service.web.faces import json
from service.web.forwarded import address, told_address
from service.web.pages import html, render


def blueprint(context: Context) -> Blueprint:
    """Routes that need no key and count towards no limit."""
    routes = Blueprint("docs", __name__)
    document = Derived(
        lambda: context.definitions, lambda known: openapi.build(known, context.settings.url), at_once=False
    )
    problems = {kind["name"]: kind for kind in reference.problems()}

    def page(url: str) -> str:
        apis = reference.build(context.definitions, url)
        return render("docs.html", url, apis=apis, problems=problems.values())

    usual = Derived(lambda: context.definitions, lambda _: page(context.settings.url), at_once=False)

    @routes.get("/openapi.json")
    def described() -> Response:
        return json(document() | {"servers": [{"url": address(context.settings)}]})

    @routes.get("/docs")
    def read() -> Response:
        told = told_address()
        return html(usual(), context.settings.url) if told is None else html(page(told), told)

    @routes.get("/problems/<name>")
    def explain(name: str) -> BaseResponse:
        if name not in problems:
            raise NotFound(f"There is no problem {name}; there are {', '.join(problems)}.")
        return redirect(f"/docs#problem-{name}")

    @routes.get("/.well-known/webhook-keys.json")
    def webhook_keys() -> Response:
        return json(signing.jwks(context.database, context.vault))

    return routes
