"""`/console`: every action as a form in the browser, from its definition alone.

The pages hold no data and need no key: they send requests to `/v1` with the key that their user pasted, or that the
page got for the code of a one-time link.
"""

from flask import Blueprint, Response, redirect, request
from werkzeug import Response as Redirection

from service.accounts import console_links
from service.context import Context
from service.describe import console
from service.errors import ValidationError
from service.extensions.current import Derived
from service.web.body import json_object
from service.web.faces import json
from service.web.forwarded import address
from service.web.pages import html, render

# What an exchange takes.
CODE_BYTES = 4096


def blueprint(context: Context) -> Blueprint:
    """Make the routes, which need no key and count towards no limit."""
    routes = Blueprint("console", __name__)
    settings = context.settings
    navigation = Derived(lambda: context.definitions, console.navigation)

    @routes.get("/")
    def begin() -> Redirection:
        return redirect("/console")

    @routes.get("/console")
    def listed() -> Response:
        url = address(settings)
        return html(render("console_index.html", url, apis=navigation()), url, scripted=True)

    @routes.post("/console/exchange")
    def exchange() -> Response:
        request.max_content_length = CODE_BYTES
        code = json_object(request).get("code")
        if not isinstance(code, str):
            raise ValidationError.at("/code", "code must be the text behind #code= in the link")
        api_key = context.database.write(lambda db: console_links.redeem(db, context.vault, code))
        answer = json({"api_key": api_key})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @routes.get("/console/<action_id>")
    def shown(action_id: str) -> Response:
        definitions = context.definitions
        action = console.page(definitions, definitions.action(action_id))
        url = address(settings)
        return html(render("console_action.html", url, apis=navigation(), action=action), url, scripted=True)

    return routes
