"""Generating: accepting a run and waiting for its result, as the three APIs' own paths do."""

from collections.abc import Mapping
from typing import Any

from service.accounts.keys import Caller
from service.errors import RunCanceled, TimedOut, of_code
from service.operations.service import Service
from service.operations.submit import accept
from service.runs.accept import Accepted
from service.runs.read import read_run
from service.runs.submission import Submission
from service.runs.terminate import faults_of

# The run's own limit ends it; a caller waits this much longer to be told.
GRACE_S = 15.0


def generate(service: Service, submission: Submission) -> Accepted:
    """Accept a generate and wait for its end: the completed run.

    Raises its error; Busy before accepting, and for one of many that send a run's idempotency key again.
    """
    with service.waiter.place(submission.caller.account_id):
        accepted = accept(service, submission)
        with service.waiter.place_for(accepted.run_id):
            service.waiter.wait(accepted.run_id, submission.action.time_limit_s + GRACE_S)
    return Accepted(accepted.run_id, accepted.replayed, completed(service, submission.caller, accepted.run_id))


def completed(service: Service, caller: Caller, run_id: str) -> dict[str, Any]:
    """Return the run, which has completed. Raises the error that it ended by, or TimedOut where it goes on."""
    run = read_run(service.context, caller.account_id, run_id)
    if run["status"] == "completed":
        return run
    error: Mapping[str, Any] | None = run["error"]
    if run["status"] == "canceled":
        raise RunCanceled(error["message"] if error else f"The run {run_id} was canceled.")
    if error is None:
        raise TimedOut(f"The run {run_id} has not ended yet.")
    known = {"retry_after": error["retry_after"], "provider": error["provider"], "errors": faults_of(error)}
    raise of_code(error["code"])(error["message"], **known)
