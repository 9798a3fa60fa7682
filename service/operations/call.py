"""Calling an operation that is done at once, and keeping nothing of the call."""

from collections.abc import Mapping
from typing import Any

from service.accounts.keys import Caller
from service.definitions import Action
from service.operations.handlers import handle
from service.operations.service import Service


def call(service: Service, action: Action, values: Mapping[str, Any], caller: Caller | None) -> Any:
    """Return the output of a read, search, estimate or write; a write is one transaction.

    `values` are the validated input. Raises what the operation raises, with nothing written.
    """
    context = service.context
    if action.kind == "write":
        return context.database.write(lambda db: handle(context, action, values, caller, db))
    with context.database.read() as db:
        return handle(context, action, values, caller, db)
