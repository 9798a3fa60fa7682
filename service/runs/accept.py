"""Accepting a run: everything that must be true of a 202, in one transaction, and then a doorbell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select

from service.accounts import budgets, ledger
from service.config import FETCH
from service.context import Context
from service.definitions import LOCAL
from service.delivery import callbacks
from service.errors import (
    BudgetExceeded,
    MaxCreditsExceeded,
    RateLimited,
    ServiceError,
    ValidationError,
    below,
)
from service.files.storage import check_room
from service.generation.order import Order
from service.providers.base import MEDIA
from service.queue import DELIVERIES
from service.runs import idempotency
from service.runs.batch import Batch
from service.runs.committer import Committer
from service.runs.entry import NewRun, entry
from service.runs.events import tell_late
from service.runs.idempotency import Standing
from service.runs.inline_media import with_kept_media
from service.runs.read import as_accepted
from service.runs.submission import Submission, pointer_to
from service.store.tables import accounts, lanes, runs, usage
from service.telemetry import metrics

# What leaves no file behind takes no storage.
STORED = frozenset(MEDIA) - {"text", "vision"}


@dataclass(frozen=True, slots=True)
class Accepted:
    """The run that a submission became, or that its key stood for already; `run` is it as callers see it."""

    run_id: str
    replayed: bool = False
    run: dict[str, Any] | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """The run, once it has been read."""
        assert self.run is not None
        return self.run

    @property
    def output(self) -> Any:
        """The completed run's output."""
        return self.shown["output"]


class Accepting:
    """The accepting side of one web process."""

    def __init__(self, context: Context) -> None:
        """One committer a process, so that accepts which arrive together share a transaction."""
        self._context = context
        self._committer = Committer(context.database, self._enter_all, context.bell.ring)

    def check_callback(self, submission: Submission) -> None:
        """Look up the callback's address once, before anything is written. Raises AddressRefused."""
        url, account_id = submission.callback_url, submission.caller.account_id
        if url is not None and not self._context.bins.owns(url, account_id):
            with below("/callback_url"):
                self._context.guard.check_url(url, account=account_id)

    def check_references(self, submission: Submission, order: Order) -> None:
        """Look up every reference's address. Raises AddressRefused, ValidationError, at the member that has the URL."""
        if not order.task.references:
            return
        with self._context.database.read() as db:
            for reference in order.task.references:
                with below(reference.at or pointer_to(submission.input, reference.url)):
                    self._context.references.check(db, submission.caller.account_id, reference)

    def again(self, submission: Submission, run_id: str) -> None:
        """The same request once more: a callback URL that the run does not know yet hears of its end too.

        Raises AddressRefused.
        """
        url = submission.callback_url
        if url is None:
            return
        self.check_callback(submission)

        def add(db: Connection) -> bool:
            known = callbacks.urls_of(db, run_id)
            if url in known:
                return False
            if len(known) >= callbacks.MOST:
                raise ValidationError.at("/callback_url", f"This run has {callbacks.MOST} callback URLs already.")
            number = callbacks.add(db, run_id, url, submission.events, submission.callback_headers)
            return tell_late(self._context, db, run_id, number)

        if self._context.database.write(add):
            self._context.bell.announce(DELIVERIES)

    def queued(self, submission: Submission, order: Order) -> Accepted:
        """Accept a generate, or find the run that its idempotency key stands for.

        Raises MaxCreditsExceeded, InsufficientCredits, StorageLimitExceeded, RateLimited, Idempotency… with no run.
        """
        _check_most(submission, order)
        submission, order = with_kept_media(self._context, submission, order)
        made = entry(submission, order, self._first_lane(order))
        run = as_accepted(made.run, made.body, submission.callback_url)
        with idempotency.claimed(submission), metrics.accept_seconds.labels(submission.action.id).time():
            known = self._committer.commit(made)
        if known is not None:
            self.again(submission, known)
            return Accepted(known, replayed=True)
        return Accepted(run["id"], run=run)

    def _first_lane(self, order: Order) -> str:
        """The lane of the first step: references that lie elsewhere are fetched before the work begins."""
        elsewhere = any(map(self._context.references.is_elsewhere, order.task.references))
        return FETCH if elsewhere else order.lane

    def _enter_all(self, db: Connection, batch: Batch, entries: Sequence[NewRun]) -> list[str | ServiceError | None]:
        """For each the run that its key stood for already, None where it is entered now, or why it is refused."""
        standing = idempotency.standing(db, [made.submission for made in entries])
        return [self._enter(db, batch, made, standing) for made in entries]

    def _enter(self, db: Connection, batch: Batch, made: NewRun, standing: Standing) -> str | ServiceError | None:
        submission, order = made.submission, made.order
        try:
            known = idempotency.stands_for(submission, standing)
            if known is not None:
                return known
            parked = self._parked(db, batch, submission)
            if order.task.media in STORED or "narration" in order.task.params:
                check_room(db, self._context.catalog, submission.caller.account_id)
            turn, counted = self._hold(db, made)
        except ServiceError as refusal:
            return refusal
        batch.add(runs, {**made.run, "slot": "parked" if parked else "ready", "turn": turn})
        for table, row in made.others:
            batch.add(table, row)
        if made.usage is not None:
            batch.add(usage, {**made.usage, **counted})
        idempotency.keep(db, batch, submission, made.run["id"], standing)
        batch.lanes.add(made.run["lane"])
        return None

    def _parked(self, db: Connection, batch: Batch, submission: Submission) -> bool:
        """Tell whether the parallel places of the account's plan are all taken. Raises RateLimited at the REST door."""
        action, caller = submission.action, submission.caller
        if not action.api.parallel_tasks or submission.connection != LOCAL:
            return False
        places = self._context.catalog.plan(caller.plan).parallel_tasks
        taken = db.execute(_TAKEN, {"account": caller.account_id, "api": action.api.name}).scalar_one()
        taken += sum(
            row["api"] == action.api.name and row["slot"] == "ready" and row["account_id"] == caller.account_id
            for row in batch.rows[runs]
        )
        if taken < places:
            return False
        if submission.waits_its_turn:
            return True
        raise RateLimited(f"The plan allows {places} parallel tasks; {taken} are not done yet.", retry_after=5)

    def _hold(self, db: Connection, made: NewRun) -> tuple[float, dict[str, Any]]:
        """Hold the credits and take a turn: the run's place in the fair queue, and the period that the hold counts in.

        Raises InsufficientCredits, BudgetExceeded, and Forbidden for a suspended account.
        """
        caller, order = made.submission.caller, made.order
        step = 1.0 / self._context.catalog.plan(caller.plan).weight
        held = ledger.hold(db, caller.account_id, order.credits, _HOLD_AND_TURN, lane_name=order.lane, step=step)
        if not held.budgeted or not order.credits:
            return float(held.turn), {}
        try:
            moment = budgets.reserve(db, caller.account_id, caller.key_id, order.credits)
        except BudgetExceeded:
            ledger.release(db, caller.account_id, order.credits)
            raise
        return float(held.turn), {"held_at": moment}


# The next turn is max(the account's last turn, the lane's clock) + 1/weight.
_clock = func.coalesce(select(lanes.c.clock).where(lanes.c.lane == bindparam("lane_name")).scalar_subquery(), 0.0)
_HOLD_AND_TURN = ledger.HOLD.values(
    turn=case((accounts.c.turn > _clock, accounts.c.turn), else_=_clock) + bindparam("step")
).returning(accounts.c.turn)
_TAKEN = (
    select(func.count())
    .select_from(runs)
    .where(
        runs.c.account_id == bindparam("account"), runs.c.api == bindparam("api"), runs.c.slot.in_(("ready", "claimed"))
    )
)


def _check_most(submission: Submission, order: Order) -> None:
    """Raises MaxCreditsExceeded, and ValidationError where nobody can tell what it costs."""
    most, estimate = submission.max_credits, order.estimate
    if most is None or submission.action.kind != "generate":
        return
    if estimate is None:
        raise ValidationError.at("/max_credits", f"What this costs on {submission.connection} is not known.")
    if estimate["credits"] > most:
        raise MaxCreditsExceeded(
            f"This costs {estimate['credits']} credits; max_credits is {most}.",
            estimate=estimate["credits"],
            max_credits=most,
        )
