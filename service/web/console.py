"""`/console`: what an account ran, sent and spent, and every action as a form from its definition alone.

The pages hold no data and need no key: they send requests to `/v1` with the key that their user pasted, or that the
page got for the code of a one-time link.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the console that its script fills in, and its place in the menu."""

    name: str
    title: str
    lead: str

    @property
    def path(self) -> str:
        """Return its path below the service's address."""
        return "/console" if self.name == "home" else f"/console/{self.name}"


TABS = (
    Tab("home", "Home", "From nothing to a first picture and its signed callback in a minute."),
    Tab("runs", "Runs", "Everything that was asked for, newest first, as it happens."),
    Tab("deliveries", "Deliveries", "What was posted where, and whether it arrived."),
    Tab("usage", "Usage", "What it cost, by day and by whatever you group it by."),
    Tab("gallery", "Gallery", "What was made and kept."),
    Tab("actions", "Actions", ""),
    Tab("settings", "Settings", "Keys, secrets and what this account may do."),
    Tab("operator", "Operator", "The whole installation at a glance."),
)
FILLED = {tab.name: tab for tab in TABS if tab.name not in ("home", "actions")}


def blueprint(context: Context) -> Blueprint:
    """Make the routes, which need no key and count towards no limit."""
    routes = Blueprint("console", __name__)
    settings = context.settings
    navigation = Derived(lambda: context.definitions, console.navigation)

    @routes.get("/")
    def begin() -> Redirection:
        return redirect("/console")

    @routes.get("/console")
    def home() -> Response:
        return shown_tab(TABS[0])

    @routes.get("/console/actions")
    def listed() -> Response:
        url = address(settings)
        text = render("console_index.html", url, apis=navigation(), tabs=TABS, section="actions", title="Actions")
        return html(text, url, scripted=True)

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

    @routes.get("/console/runs/<run_id>")
    def run(run_id: str) -> Response:
        tab = Tab("runs", "Run", run_id)
        return shown_tab(tab, "run")

    @routes.get("/console/<name>")
    def shown(name: str) -> Response:
        if name in FILLED:
            return shown_tab(FILLED[name])
        definitions = context.definitions
        action = console.page(definitions, definitions.action(name))
        url = address(settings)
        matter = {"apis": navigation(), "action": action, "tabs": TABS, "section": "actions", "title": action["title"]}
        return html(render("console_action.html", url, **matter), url, scripted=True)

    def shown_tab(tab: Tab, script: str = "") -> Response:
        url = address(settings)
        matter = {"tabs": TABS, "section": tab.name, "title": tab.title, "lead": tab.lead}
        return html(render("console_page.html", url, script=script or tab.name, **matter), url, scripted=True)

    return routes
