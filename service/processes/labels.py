"""Labels what a worker logs and traces with the run that it is at."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars

from service.runs.claim import Claim
from service.telemetry import traces


@contextmanager
def labeled(claimed: Claim) -> Iterator[None]:
    """Log and trace what is done within as a step of this run, below the request that it was accepted with."""
    origin = claimed.order.origin
    parent, named = origin.get(traces.HEADER), {"run": claimed.run_id, "account": claimed.account_id}
    if not claimed.step:
        traces.past("queue", parent, claimed.created_at, lane=claimed.lane, **named)
    with (
        bound_contextvars(request_id=origin.get("request_id"), **named),
        traces.span("step", parent, "consumer", action=claimed.action, lane=claimed.lane, **named),
    ):
        yield
