"""Calling an operation, for every face: permission, the handler, and the transaction around it.

The one place beside `runs/` that commits. Source: design, «Rooms» and «What an operation is in code».
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.accounts import scopes
from service.accounts.keys import Caller
from service.apis.request import Request
from service.context import Context
from service.definitions import LOCAL, Action
from service.errors import (
    Conflict,
    Internal,
    Lost,
    OutcomeUnknown,
    ProviderAuth,
    ProviderError,
    ReferenceUnreachable,
    RefusedByProvider,
    RunCanceled,
    ServiceError,
    TimedOut,
    ValidationError,
    below,
)
from service.generation.order import Order
from service.hosted import ordering
from service.hosted.opening import Originals
from service.hosted.original import Original
from service.operations import handlers
from service.runs import idempotency, immediate_runs
from service.runs.accept import Accepted, Accepting
from service.runs.read import get_run
from service.runs.submission import Submission
from service.runs.wait import Waiter
from service.web.gate import Gate

# The run's own limit ends it; this is how much longer a caller waits to be told.
GRACE_S = 15.0
FAILURES: dict[str, type[ServiceError]] = {
    kind.code: kind
    for kind in (
        Lost,
        OutcomeUnknown,
        ProviderAuth,
        ProviderError,
        ReferenceUnreachable,
        RefusedByProvider,
        TimedOut,
        ValidationError,
        Conflict,
    )
}


@dataclass(frozen=True)
class Service:
    """One web process's parts."""

    context: Context
    accepting: Accepting
    waiter: Waiter
    gate: Gate

    def permit(self, action: Action, caller: Caller | None) -> None:
        """Raises Unauthorized or Forbidden where this caller may not run this action."""
        if caller is None:
            if action.auth_required:
                raise scopes.missing_key(action)
        elif action.auth_required or action.kind != "estimate":
            # What a price is may be asked without a key, so no scope can stand in the way of one.
            scopes.require(caller, action)

    def call(self, action: Action, values: Mapping[str, Any], caller: Caller | None) -> Any:
        """The output of an operation that is done at once; a write is one transaction."""
        if action.kind == "write":
            return self.context.database.write(lambda db: self._handle(action, values, caller, db))
        with self.context.database.read() as db:
            return self._handle(action, values, caller, db)

    def perform(self, submission: Submission) -> tuple[dict[str, Any], bool]:
        """The same as a stored run, and whether an idempotency key had it already."""
        self.accepting.check_callback(submission)

        def handler(db: Connection) -> Any:
            with below(submission.input_at):
                return self._handle(submission.action, submission.input, submission.caller, db)

        run, replayed = immediate_runs.perform(self.context, submission, handler)
        if replayed:
            self.accepting.again(submission, run["id"])
            run = self.read(submission.caller, run["id"])
        return run, replayed

    def order(
        self, action: Action, values: Mapping[str, Any], caller: Caller | None, estimating: bool = False
    ) -> Order:
        """What a generate operation would make, and for how much."""
        with self.context.database.read() as db:
            return self._order(action, values, caller, db, estimating)

    def _order(
        self, action: Action, values: Mapping[str, Any], caller: Caller | None, db: Connection, estimating: bool = False
    ) -> Order:
        order = self._handle(action, values, caller, db, estimating)
        if not isinstance(order, Order):
            raise Internal(f"{action.id} is no generate operation.")
        return order

    def submit(self, submission: Submission) -> Accepted:
        """Accept a generate, or find the run that its idempotency key stands for already."""
        if submission.connection != LOCAL:
            return self._submit_hosted(submission)
        with self.context.database.read() as db, below(submission.input_at):
            known = idempotency.find(db, submission)
            order = None if known else self._order(submission.action, submission.input, submission.caller, db)
        if order is None:
            self.accepting.again(submission, str(known))
            return Accepted(str(known), replayed=True)
        with below(submission.input_at):
            self.accepting.check_references(submission, order)
        self.accepting.check_callback(submission)
        return self.accepting.queued(submission, order)

    def _submit_hosted(self, submission: Submission) -> Accepted:
        """Accept an action of any kind for its hosted original, which is asked for the estimate first."""
        action, values = submission.action, submission.input
        original = self._original(action, submission.caller, submission.connection)
        with self.context.database.read() as db:
            known = idempotency.find(db, submission)
        if known is not None:
            self.accepting.again(submission, known)
            return Accepted(known, replayed=True)
        self.accepting.check_callback(submission)
        estimate = self._estimated(original, action, values, submission.caller)
        with below(submission.input_at):
            order = ordering.order(action, values, submission.connection, estimate, submission.idempotency_key)
        return self.accepting.queued(submission, order)

    @property
    def originals(self) -> Originals:
        """The hosted originals of every account."""
        return Originals(self.context.database, self.context.vault, self.context.definitions)

    def hosted_estimate(
        self, action: Action, values: Mapping[str, Any], caller: Caller, connection: str
    ) -> Mapping[str, Any] | None:
        """What the hosted original would take for it; None where nobody can tell. Raises ValidationError."""
        return self._estimated(self._original(action, caller, connection), action, values, caller)

    def _original(self, action: Action, caller: Caller, connection: str) -> Original:
        """Raises ValidationError at /connection where the action can't run there, or the account has no key for it."""
        ordering.check(action, connection)
        original = self.originals.find(caller.account_id, connection)
        if original is None:
            raise ValidationError.at("/connection", f"This account has no key for {connection}.")
        return original

    def _estimated(
        self, original: Original, action: Action, values: Mapping[str, Any], caller: Caller
    ) -> Mapping[str, Any] | None:
        def catalogued() -> Order:
            return self.order(action, values, caller, estimating=True)

        return ordering.estimate(original, self.context.definitions, action, values, catalogued)

    def generate(self, submission: Submission) -> tuple[dict[str, Any], bool]:
        """Accept a generate and wait for its end: the completed run. Raises its error; Busy before accepting."""
        with self.waiter.place():
            accepted = self.submit(submission)
            limit = (submission.action.run or {}).get("time_limit_s", 900) + GRACE_S
            self.waiter.wait(accepted.run_id, limit)
        return self.completed(submission.caller, accepted.run_id), accepted.replayed

    def completed(self, caller: Caller, run_id: str) -> dict[str, Any]:
        """The run, which has completed. Raises the error it ended by, RunCanceled, or TimedOut where it goes on."""
        run = self.read(caller, run_id)
        if run["status"] == "completed":
            return run
        if run["status"] == "canceled":
            raise RunCanceled(f"The run {run_id} was canceled.")
        if run["error"] is None:
            raise TimedOut(f"The run {run_id} has not ended yet.")
        error = run["error"]
        failure = FAILURES.get(error["code"], Internal)
        raise failure(error["message"], retry_after=error["retry_after"], provider=error["provider"])

    def read(self, caller: Caller, run_id: str) -> dict[str, Any]:
        """A run of the caller's account. Raises NotFound."""
        with self.context.database.read() as db:
            return get_run(self.context, db, caller.account_id, run_id)

    def _handle(
        self, action: Action, values: Mapping[str, Any], caller: Caller | None, db: Connection, estimating: bool = False
    ) -> Any:
        request = Request(action, values, caller, db, self.context, estimating)
        return handlers.handler(action)(request)
