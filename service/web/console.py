"""`/console`: every action as a form in the browser, from its definition alone.

The pages hold no data and need no key: what they send goes to `/v1` with the key that its user pasted.
Source: contract, section 1, item 7.
"""

from flask import Blueprint, Response, redirect
from werkzeug import Response as Redirection

from service.context import Context
from service.describe import console
from service.web.pages import html, render


def blueprint(context: Context) -> Blueprint:
    """Routes that need no key and count towards no limit."""
    routes = Blueprint("console", __name__)
    definitions, url = context.definitions, context.settings.url
    apis = console.navigation(definitions)

    @routes.get("/")
    def begin() -> Redirection:
        return redirect("/console")

    @routes.get("/console")
    def listed() -> Response:
        return html(render("console_index.html", apis=apis), url, scripted=True)

    @routes.get("/console/<action_id>")
    def shown(action_id: str) -> Response:
        action = console.page(definitions, definitions.action(action_id))
        return html(render("console_action.html", apis=apis, action=action), url, scripted=True)

    return routes
