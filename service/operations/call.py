"""Calling an operation that is done at once, and keeping nothing of the call; an added API's is an awaited run."""

from collections.abc import Mapping
from typing import Any

from service.accounts.keys import Caller
from service.accounts.scopes import missing_key
from service.definitions import Action
from service.operations.generate import completed
from service.operations.handlers import handle
from service.operations.service import Service
from service.operations.submit import submit
from service.runs.submission import Submission

# Clients of tools end a call after a minute.
WAIT_S = 50


def call(service: Service, action: Action, values: Mapping[str, Any], caller: Caller | None) -> Any:
    """Return the output of a read, search, estimate or write; a write is one transaction.

    `values` are the validated input. Raises what the operation raises, with nothing written.
    """
    if action.api.added:
        return _answer_of_added(service, action, values, caller)
    context = service.context
    if action.kind == "write":
        return context.database.write(lambda db: handle(context, action, values, caller, db))
    with service.asking(action, caller), context.database.read_lazily() as db:
        return handle(context, action, values, caller, db)


def _answer_of_added(service: Service, action: Action, values: Mapping[str, Any], caller: Caller | None) -> Any:
    """The output of a run on the API's own server. Raises its error, TimedOut where it goes on."""
    if caller is None:
        raise missing_key(action)
    accepted = submit(service, Submission(action, caller, values, connection=action.home), wait=WAIT_S)
    return completed(service, caller, accepted.run_id)["output"]
