"""Estimating a generate: the price of the very order that submitting the same input would make."""

from collections.abc import Mapping
from typing import Any

from service.definitions import LOCAL
from service.errors import ConnectionMissing, Problem, ServiceError, ValidationError, below
from service.hosted import ordering
from service.hosted.original import Original
from service.operations.handlers import order
from service.operations.service import Service
from service.runs.submission import Submission


def estimate(service: Service, submission: Submission) -> Mapping[str, Any]:
    """Return `{"credits", "seconds"}`, of a hosted run in its original's credits; writes nothing, resolves no name.

    `"approximate": true` stands beside them where the original did not say so itself. An order that can't be made yet
    (without its prompt or picture) has a price all the same. Raises ValidationError for what is no generate, what has
    no price, and at /connection where the action can't run there.
    """
    action = submission.action
    if action.kind != "generate":
        raise ValidationError.at("", f"{action.id} is a {action.kind} and costs nothing.")
    if submission.connection == LOCAL:
        return _local(service, submission)
    known = hosted(service, submission, original_of(service, submission))
    if known is None:
        raise ValidationError.at("/connection", f"What this costs on {submission.connection} is not known.")
    return known


def hosted(service: Service, submission: Submission, original: Original) -> Mapping[str, Any] | None:
    """Return what the original says it takes, else the catalogue's price; None where nobody can tell.

    Raises Busy where too many callers wait for other servers, or for runs, already.
    """
    action = submission.action
    if action.kind != "generate":
        return None
    with service.waiter.place(submission.caller.account_id):
        asked = ordering.asked(original, service.context.definitions, action, submission.input)
    if asked is not None:
        return asked
    if action.api.added:
        return None
    try:
        return {**_local(service, submission), "approximate": True}
    except ServiceError:
        # What only the original knows (a generator, a team) has no price here.
        return None


def original_of(service: Service, submission: Submission) -> Original:
    """Open the connection.

    Raises ValidationError at /connection where the action can't run there, ConnectionMissing without a key.
    """
    ordering.check(submission.action, submission.connection)
    original = service.originals.find(submission.caller.account_id, submission.connection)
    if original is None:
        message = f"This account has no key for {submission.connection}."
        raise ConnectionMissing(message, errors=[Problem("/connection", message)])
    return original


def _local(service: Service, submission: Submission) -> Mapping[str, Any]:
    with service.context.database.read() as db, below(submission.input_at):
        made = order(service.context, submission, db)
    return {"credits": made.credits, "seconds": made.seconds}
