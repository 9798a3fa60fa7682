"""`GET /v1/runs/<id>/events`: a run's events as they happen, as server-sent events that a reader can take up again."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack

import orjson
import structlog
from flask import Response

from service.accounts.keys import Caller
from service.errors import ServiceError
from service.files.links import moved
from service.operations.service import Service
from service.runs.history import RunEvent, history
from service.runs.read import memory_for, read_held_run
from service.web.forwarded import address

LOOK_S = 1.0
COMMENT_S = 15.0
COMMENT = b": waiting\n\n"
NUMBER = re.compile(r"\d{1,6}", re.ASCII)
log = structlog.get_logger("run_events")


def streamed(service: Service, caller: Caller, run_id: str, last_event_id: str | None) -> Response:
    """Answer the stream, from after `last_event_id`. Raises NotFound, and Busy where too many callers wait."""
    seen, url = _number(run_id, last_event_id), address(service.context.settings)
    with ExitStack() as place:
        # Readers may be slow: each event of a large run is held until it is sent.
        place.enter_context(memory_for(service.context, caller.account_id, run_id))
        run = read_held_run(service.context, caller.account_id, run_id)
        if run["finished_at"] is not None:
            return _answer(b"".join(_worded(run_id, event, url) for event in history(run) if event.number > seen))
        place.enter_context(service.waiter.place(caller.account_id))
        kept = place.pop_all()
    response = _answer(_events(service, caller, run_id, seen, url))
    # The place is the caller's until the stream ends or the caller is gone, begun or not.
    response.call_on_close(kept.close)
    return response


def _answer(events: bytes | Iterator[bytes]) -> Response:
    """Answer events that are all there, which need no thread while they are sent, or those still to come."""
    response = Response(events, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _number(run_id: str, last_event_id: str | None) -> int:
    """The number of the event that the reader has seen last; 0 for none, or for another run's."""
    seen, _, number = (last_event_id or "").rpartition(".")
    return int(number) if seen == run_id and NUMBER.fullmatch(number) else 0


def _events(service: Service, caller: Caller, run_id: str, seen: int, url: str) -> Iterator[bytes]:
    commented = 0.0
    try:
        # A reader takes the stream up elsewhere, after the last event that it saw.
        while not service.waiter.stopping.is_set():
            for event in history(read_held_run(service.context, caller.account_id, run_id)):
                if event.number > seen:
                    seen, commented = event.number, time.monotonic()
                    yield _worded(run_id, event, url)
                if event.is_last:
                    return
            if time.monotonic() - commented >= COMMENT_S:
                commented = time.monotonic()
                yield COMMENT
            service.waiter.wait(run_id, LOOK_S)
    except ServiceError:
        # The run was deleted meanwhile: there is nothing more to tell.
        log.info("a run's events ended with the run deleted", run=run_id)


def _worded(run_id: str, event: RunEvent, url: str) -> bytes:
    return b"id: %s.%d\nevent: %s\ndata: %s\n\n" % (
        run_id.encode(),
        event.number,
        event.type.encode(),
        orjson.dumps(moved(event.run, url)),
    )
