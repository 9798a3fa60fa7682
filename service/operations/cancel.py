"""Canceling a run, for whoever may."""

from typing import Any

from service.accounts import scopes
from service.accounts.keys import Caller
from service.operations.service import Service
from service.runs import cancel as canceling
from service.runs.read import read_run


def cancel(service: Service, caller: Caller, run_id: str) -> dict[str, Any]:
    """Cancel the account's run and return it, which may go on until its provider was asked to stop.

    Raises Forbidden, NotFound, and Conflict where it has ended.
    """
    scopes.require_any(caller)
    canceling.cancel(service.context, caller.account_id, run_id)
    return read_run(service.context, caller.account_id, run_id)
