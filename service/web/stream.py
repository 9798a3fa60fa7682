"""A generate's answer as server-sent events: accepted and waited for like any other, then told piece by piece.

What goes wrong before the run is accepted is answered as ever; after that the status is sent, so it is an event. While
the run goes on, comments keep clients and proxies from giving up.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import orjson
import structlog
from flask import Response

from service.definitions import Action, Stream
from service.errors import Internal, ServiceError
from service.operations import handlers
from service.operations.generate import GRACE_S, completed
from service.operations.service import Service
from service.operations.submit import accept
from service.runs.submission import Submission
from service.web.faces import enveloped

HEARTBEAT_S = 10.0
HEARTBEAT = b": working\n\n"
log = structlog.get_logger("stream")


def streamed(service: Service, submission: Submission, stream: Stream) -> Response:
    """Accept the run and answer its stream. Raises what any accept raises, Busy included."""
    with ExitStack() as place:
        place.enter_context(service.waiter.place(submission.caller.account_id))
        accepted = accept(service, submission)
        place.enter_context(service.waiter.place_for(accepted.run_id))
        kept = place.pop_all()
    response = Response(_events(service, submission, stream, accepted.run_id), content_type="text/event-stream")
    # The place is the caller's until the stream ends or the caller is gone, begun or not.
    response.call_on_close(kept.close)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    if accepted.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _events(service: Service, submission: Submission, stream: Stream, run_id: str) -> Iterator[bytes]:
    action = submission.action
    yield HEARTBEAT
    try:
        deadline = time.monotonic() + action.time_limit_s + GRACE_S
        while (left := deadline - time.monotonic()) > 0 and not service.waiter.wait(run_id, min(HEARTBEAT_S, left)):
            yield HEARTBEAT
        run = completed(service, submission.caller, run_id)
        for event in handlers.events(service.context, submission, run):
            yield _told(stream, event)
        if stream.end is not None:
            yield _data(stream.end.encode())
    except ServiceError as error:
        yield _error(action, stream, error)
    except Exception:
        log.exception("a stream failed", action=action.id, run=run_id)
        yield _error(action, stream, Internal("Something went wrong here; it is logged."))


def _error(action: Action, stream: Stream, error: ServiceError) -> bytes:
    """Word an error as an event: in the API's envelope, and flat as well where events are named."""
    body: dict[str, Any] = enveloped(action.api, error)
    if stream.event is not None:
        body = {"sequence_number": 0, **body.get("error", {}), stream.event: "error", **body}
    return _told(stream, body)


def _told(stream: Stream, body: Mapping[str, Any]) -> bytes:
    name = f"event: {body[stream.event]}\n" if stream.event is not None else ""
    return name.encode() + _data(orjson.dumps(body))


def _data(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"
