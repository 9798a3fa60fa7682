"""Accepting submissions that arrived together in one thread: each is begun, and all share one commit.

What is refused, was accepted before, or wants something else first (a look at references, an answer about a slow name,
a hosted original's estimate) is left as it came: `operations.submit` does and says what is right.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import Connection

from service.definitions import LOCAL
from service.errors import ServiceError
from service.net.resolver import Unresolvable
from service.operations.handlers import order
from service.operations.service import Service
from service.runs import idempotency
from service.runs.accept import Accepted, as_new
from service.runs.entry import NewRun
from service.runs.submission import Submission
from service.telemetry import metrics

# How long a group waits for the names of its callbacks: most are known to a resolver nearby.
NAMES_S = 0.02


@dataclass(frozen=True, slots=True)
class Begun:
    """A submission that can be committed once the name of its callback is known, where `named` asks for one."""

    made: NewRun
    accepted: Accepted
    named: "Future[list[str]] | None"


def begin(service: Service, db: Connection, submission: Submission) -> Begun | None:
    """Make the rows of a run, with nothing written; None where it can't be accepted at once.

    Raises what refuses it, which `submit` may know better: a replay is answered even where it would be refused as new.
    """
    if submission.connection != LOCAL:
        return None
    made = order(service.context, submission, db)
    if made.task.references:
        return None
    made.check_complete()
    ready = service.accepting.ready(submission, made)
    return Begun(ready, as_new(ready), service.accepting.asked_callback(submission))


def commit(service: Service, begun: Sequence[Begun]) -> list[bool]:
    """Commit those whose callbacks may be called; tell for each whether it was entered.

    Raises what the database raises, with nothing written unless it is CommitUncertain.
    """
    answers = [False] * len(begun)
    with ExitStack() as claims:
        places = [place for place, one in enumerate(begun) if _is_claimed(claims, one.made.submission)]
        until = time.monotonic() + NAMES_S
        places = [place for place in places if _may_be_called(service, begun[place], until)]
        began = time.monotonic()
        entered = service.accepting.commit([begun[place].made for place in places]) if places else []
        for place, known in zip(places, entered, strict=True):
            if known is None:
                answers[place] = True
                action = begun[place].made.submission.action.id
                metrics.accept_seconds.labels(action).observe(time.monotonic() - began)
    return answers


def _is_claimed(claims: ExitStack, submission: Submission) -> bool:
    try:
        claims.enter_context(idempotency.claimed(submission))
    except ServiceError:
        return False
    return True


def _may_be_called(service: Service, one: Begun, until: float) -> bool:
    """Tell whether the callback has a literal address, or a name that is answered for by `until` and may be called."""
    if one.named is None:
        return True
    try:
        found = one.named.result(max(0.0, until - time.monotonic()))
        service.accepting.check_found(one.made.submission, found)
    except Unresolvable:
        # As at any accept: it is checked again whenever it is used.
        return True
    except (TimeoutError, ServiceError):
        one.named.cancel()
        return False
    return True
