"""`/v1/runs`: reading and steering what was submitted."""

import re

from flask import Blueprint, Response, g, request

from service.errors import ValidationError
from service.operations.cancel import cancel
from service.operations.service import Service
from service.runs.listing import RunFilter, list_runs
from service.runs.read import BODIES, read_run
from service.runs.timeline import timeline
from service.web import account_events, run_events
from service.web.faces import json
from service.web.v1 import LONGEST_PAGE, PAGE, moment, no_body, one_of, only_query, text, whole_number

CURSOR = re.compile(r"run_[0-9a-f]{32}")
FILTERS = ("status", "action", "group", "key", "model", "from", "to", "q")
# Inputs and outputs are up to a megabyte each.
LONGEST_WITH_BODIES = 20
STATUSES = ("queued", "running", "completed", "failed", "canceled")


def blueprint(service: Service) -> Blueprint:
    """Build the routes under /v1/runs."""
    routes = Blueprint("runs", __name__, url_prefix="/v1")
    context = service.context

    @routes.get("/runs")
    def runs_listed() -> Response:
        only_query((*FILTERS, "include", "limit", "cursor"))
        wanted, include = _filter(), _included()
        limit = whole_number("limit", 1, LONGEST_PAGE, PAGE)
        with context.database.read() as db:
            page = list_runs(
                context,
                db,
                g.caller.account_id,
                wanted,
                limit=min(limit, LONGEST_WITH_BODIES) if include else limit,
                cursor=_cursor(),
                include=include,
            )
        return json(page)

    @routes.get("/runs/<run_id>")
    def run_shown(run_id: str) -> Response:
        only_query(())
        return json(read_run(context, g.caller.account_id, run_id))

    @routes.get("/runs/events")
    def all_events_streamed() -> Response:
        only_query(())
        return account_events.streamed(service, g.caller.account_id, request.headers.get("Last-Event-ID"))

    @routes.get("/runs/<run_id>/timeline")
    def timeline_shown(run_id: str) -> Response:
        only_query(())
        with context.database.read() as db:
            return json(timeline(context, db, g.caller.account_id, run_id))

    @routes.get("/runs/<run_id>/events")
    def run_events_streamed(run_id: str) -> Response:
        only_query(())
        return run_events.streamed(service, g.caller, run_id, request.headers.get("Last-Event-ID"))

    @routes.post("/runs/<run_id>/cancel")
    def run_canceled(run_id: str) -> Response:
        only_query(())
        no_body()
        run = cancel(service, g.caller, run_id)
        return json(run, 200 if run["finished_at"] else 202)

    return routes


def _filter() -> RunFilter:
    """Read the runs that are wanted from the query. Raises ValidationError."""
    return RunFilter(
        status=one_of("status", STATUSES),
        action=text("action"),
        group=text("group"),
        key=text("key"),
        model=text("model"),
        since=moment("from", last=False),
        until=moment("to", last=True),
        text=text("q"),
    )


def _included() -> set[str]:
    """Read which bodies are wanted with the runs. Raises ValidationError."""
    asked = text("include")
    names = set() if asked is None else {name.strip() for name in asked.split(",")}
    if names - BODIES.keys():
        raise ValidationError.at("/include", f"include must be of {', '.join(BODIES)}")
    return names


def _cursor() -> str | None:
    """Read where a page begins: the `next_cursor` of the one before. Raises ValidationError."""
    cursor = text("cursor")
    if cursor is not None and not CURSOR.fullmatch(cursor):
        raise ValidationError.at("/cursor", "must be the next_cursor of the page before")
    return cursor
