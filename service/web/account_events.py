"""`GET /v1/runs/events`: all of an account's runs as they change, as server-sent events.

A stream lasts a few seconds less than a stopping process waits for it; its reader takes it up again by its last id.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import orjson
from flask import Response
from sqlalchemy import select

from service.operations.service import Service
from service.runs.events import TYPE_OF
from service.runs.read import KEPT, NARROW, shown
from service.store.clock import now
from service.store.tables import run_bodies, runs
from service.store.tables.runs import UNENDED

LOOK_S = 1.0
LASTS_S = 15.0
MOST = 50
# Runs are committed in groups, not in the order of their ids.
OVERLAP_MS = 10_000
OPEN = ("queued", "running")
MOMENT = re.compile(r"\d{13}", re.ASCII)
COMMENT = b": watching\n\n"


def streamed(service: Service, account_id: str, last_event_id: str | None) -> Response:
    """Answer the stream, from now or from the moment in `last_event_id`. Raises Busy where too many callers wait."""
    with ExitStack() as place:
        place.enter_context(service.waiter.place(account_id))
        kept = place.pop_all()
    since = int(last_event_id) if last_event_id and MOMENT.fullmatch(last_event_id) else now()
    response = Response(_events(service, account_id, since), content_type="text/event-stream")
    response.call_on_close(kept.close)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _events(service: Service, account_id: str, since: int) -> Iterator[bytes]:
    ends, told = time.monotonic() + LASTS_S, dict[str, tuple[str, float]]()
    yield COMMENT
    while time.monotonic() < ends:
        moment = now()
        for run in _looked_at(service, account_id, since - OVERLAP_MS, told):
            state = (run["status"], run["progress"])
            if told.get(run["id"]) != state:
                told[run["id"]] = state
                yield _worded(run, moment)
        since = moment
        time.sleep(LOOK_S)


def _looked_at(
    service: Service, account_id: str, since: int, told: Mapping[str, tuple[str, float]]
) -> list[dict[str, Any]]:
    """Return the runs that were made since, that are open, and that were open when they were told of; oldest first."""
    mine = runs.c.account_id == account_id
    these = select(runs.c.id).where(mine, runs.c.kind != KEPT).limit(MOST)
    narrow = these.order_by(runs.c.id.desc())
    # Sorted, since they are few: in the order of all ids SQLite would look at every run of the account.
    open_ones = these.where(UNENDED).order_by((runs.c.id + "").desc())
    with service.context.database.read() as db:
        recent = db.execute(narrow.where(runs.c.id >= f"run_{max(since, 0):012x}")).scalars()
        unended = db.execute(open_ones).scalars()
        ids = {*recent, *unended, *(name for name, (status, _) in told.items() if status in OPEN)}
        query = select(*NARROW).join(run_bodies, run_bodies.c.run_id == runs.c.id).where(mine, runs.c.id.in_(ids))
        return shown(service.context, db, db.execute(query.order_by(runs.c.id)).mappings().all()) if ids else []


def _worded(run: Mapping[str, Any], moment: int) -> bytes:
    name = TYPE_OF.get(run["status"]) or f"run.{'started' if run['status'] == 'running' else run['status']}"
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (moment, name.encode(), orjson.dumps(dict(run)))
