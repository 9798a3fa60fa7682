"""Submitting an action as a run: a generate and everything hosted is queued, every other kind is done at once."""

from contextlib import suppress
from typing import Any

from sqlalchemy import Connection

from service.definitions import LOCAL
from service.errors import Busy, ServiceError, below
from service.hosted import ordering
from service.operations.estimate import hosted, original_of
from service.operations.handlers import handle, order
from service.operations.service import Service
from service.runs import idempotency, immediate_runs
from service.runs.accept import Accepted
from service.runs.inline_media import holds_media
from service.runs.read import read_run
from service.runs.submission import Submission


def submit(service: Service, submission: Submission, wait: float = 0) -> Accepted:
    """Store the run, or find the one that its idempotency key stands for; wait up to `wait` seconds for its end.

    The answer's `run` is the run as callers see it then. Raises what refuses it, with nothing written: Busy where too
    many callers wait already.
    """
    if not is_queued(submission):
        return _perform(service, submission)
    if not wait:
        accepted = accept(service, submission)
        return accepted if accepted.run is not None else _read(service, submission, accepted)
    with service.waiter.place(submission.caller.account_id):
        accepted = accept(service, submission)
        # Of many that send one key again, the others are told at once how far the run is.
        with suppress(Busy), service.waiter.place_for(accepted.run_id):
            service.waiter.wait(accepted.run_id, wait)
    return _read(service, submission, accepted)


def is_queued(submission: Submission) -> bool:
    """Tell whether workers do it: a generate, and every kind on a hosted connection."""
    return submission.action.kind == "generate" or submission.connection != LOCAL


def accept(service: Service, submission: Submission) -> Accepted:
    """Accept what is queued, or find the run that its idempotency key stands for; waits for nothing.

    The commit finds that run. It is looked for before only where accepting costs more than a look, and after what
    refuses the request: a replay is answered even where it would be refused if it were new.
    """
    if submission.connection != LOCAL:
        return _replayed(service, submission) or _accept_hosted(service, submission)
    try:
        with service.context.database.read_lazily() as db, below(submission.input_at):
            made = order(service.context, submission, db)
            made.check_complete()
        if made.task.references and holds_media(made) and (replayed := _replayed(service, submission)) is not None:
            return replayed
        if made.task.references:
            with below(submission.input_at):
                service.accepting.check_references(submission, made)
        service.accepting.check_callback(submission)
        return service.accepting.queued(submission, made)
    except ServiceError:
        # One that is being accepted may stand already: others replay it, and are at it at this moment.
        if (replayed := _replayed(service, submission)) is not None:
            return replayed
        raise


def _replayed(service: Service, submission: Submission) -> Accepted | None:
    """The run that the idempotency key stands for. Raises IdempotencyMismatch."""
    known = _known(service, submission)
    if known is None:
        return None
    service.accepting.again(submission, known)
    return Accepted(known, replayed=True)


def _accept_hosted(service: Service, submission: Submission) -> Accepted:
    """Accept an action of any kind for its hosted original, which is asked for the estimate first."""
    original = original_of(service, submission)
    service.accepting.check_callback(submission)
    estimate = hosted(service, submission, original)
    with below(submission.input_at):
        made = ordering.order(
            submission.action, submission.input, submission.connection, estimate, submission.idempotency_key
        )
        service.accepting.check_references(submission, made)
    return service.accepting.queued(submission, made)


def _perform(service: Service, submission: Submission) -> Accepted:
    """Do it now and store the ended run."""
    service.accepting.check_callback(submission)

    def work(db: Connection) -> Any:
        with below(submission.input_at):
            return handle(service.context, submission.action, submission.input, submission.caller, db)

    with service.asking(submission.action, submission.caller):
        run, replayed = immediate_runs.perform(service.context, submission, work)
    accepted = Accepted(run["id"], replayed, run)
    if replayed:
        service.accepting.again(submission, run["id"])
        return _read(service, submission, accepted)
    return accepted


def _known(service: Service, submission: Submission) -> str | None:
    """The run that the idempotency key stands for. Raises IdempotencyMismatch."""
    if submission.idempotency_key is None:
        return None
    with service.context.database.read() as db:
        return idempotency.find(db, submission)


def _read(service: Service, submission: Submission, accepted: Accepted) -> Accepted:
    run = read_run(service.context, submission.caller.account_id, accepted.run_id)
    return Accepted(accepted.run_id, accepted.replayed, run)
