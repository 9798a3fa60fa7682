"""Labels what a worker logs and traces with the run that it is at."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bind_contextvars, reset_contextvars

from service.runs.claim import Claim
from service.telemetry import traces


@contextmanager
def labeled(claimed: Claim) -> Iterator[None]:
    """Log and trace what is done within as a step of this run, below the request that it was accepted with."""
    origin, run, account = claimed.order.origin, claimed.run_id, claimed.account_id
    bound = bind_contextvars(request_id=origin.get("request_id"), run=run, account=account)
    try:
        if traces.on():
            with _traced(claimed, origin.get(traces.HEADER)):
                yield
        else:
            yield
    finally:
        reset_contextvars(**bound)


@contextmanager
def _traced(claimed: Claim, parent: str | None) -> Iterator[None]:
    named = {"lane": claimed.lane, "run": claimed.run_id, "account": claimed.account_id}
    if not claimed.step:
        traces.past("queue", parent, claimed.created_at, **named)
    with traces.span("step", parent, "consumer", action=claimed.action, **named):
        yield
