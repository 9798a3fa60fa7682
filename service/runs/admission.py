"""Admitting runs within the transaction that commits them: the key decides, credits are held, rows made ready.

Accepts that arrived together are one list: one INSERT of their keys, one UPDATE of holds an account, one INSERT a
table. Whoever is refused writes nothing, so that its neighbours are committed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select

from service.accounts import authentication, budgets, ledger
from service.context import Context
from service.definitions import LOCAL
from service.errors import BudgetExceeded, InsufficientCredits, RateLimited, ServiceError
from service.files.storage import check_room
from service.generation.order import Order
from service.providers.base import MEDIA
from service.runs import idempotency
from service.runs.batch import Batch
from service.runs.entry import NewRun
from service.runs.submission import Submission
from service.store.clock import now
from service.store.statements import Statement
from service.store.tables import accounts, lanes, runs, usage

# What leaves no file behind takes no storage.
STORED = frozenset(MEDIA) - {"text", "vision"}


class AcceptTransaction:
    """One transaction of accepts, whichever process it is in."""

    def __init__(self, context: Context) -> None:
        """`context` has the plans that weigh and limit an account's runs."""
        self._context = context

    def enter_all(self, db: Connection, batch: Batch, entries: Sequence[NewRun]) -> list[str | ServiceError | None]:
        """For each the run that its key stood for already, None where it is entered now, or why it is refused.

        What is refused writes nothing, so that its neighbours can be committed.
        """
        answers = idempotency.take(db, [(made.submission, made.run["id"]) for made in entries])
        fresh = [place for place, answer in enumerate(answers) if answer is None]
        for place, refusal in self._admit(db, batch, {place: entries[place] for place in fresh}).items():
            idempotency.give_back(db, entries[place].submission, entries[place].run["id"])
            answers[place] = refusal
        return answers

    def _admit(self, db: Connection, batch: Batch, entries: Mapping[int, NewRun]) -> dict[int, ServiceError]:
        """Hold the credits of each and add its rows; those that are refused, and why."""
        refused: dict[int, ServiceError] = {}
        for group in _by_hold(entries):
            try:
                self._admit_together(db, batch, [entries[place] for place in group])
            except ServiceError as refusal:
                if len(group) == 1:
                    refused[group[0]] = refusal
                    continue
                # Not enough for all of them: as many as there is enough for, in their order.
                for place in group:
                    refused |= self._admit_alone(db, batch, place, entries[place])
        return refused

    def _admit_alone(self, db: Connection, batch: Batch, place: int, made: NewRun) -> dict[int, ServiceError]:
        try:
            self._admit_together(db, batch, [made])
        except ServiceError as refusal:
            return {place: refusal}
        return {}

    def _admit_together(self, db: Connection, batch: Batch, group: Sequence[NewRun]) -> None:
        """Admit runs of one account, lane and budget: all, or none. Raises what refuses them."""
        first = group[0].submission
        limited = first.action.api.parallel_tasks and first.connection == LOCAL
        parked = limited and self._parked(db, batch, first)
        if any(_keeps_files(made.order) for made in group):
            check_room(db, self._context.catalog, first.caller.account_id)
        turns, counted = self._hold(db, group)
        for made, turn in zip(group, turns, strict=True):
            batch.add(runs, {**made.run, "slot": "parked" if parked else "ready", "turn": turn})
            for table, row in made.others:
                batch.add(table, row)
            if made.usage is not None:
                batch.add(usage, {**made.usage, **counted})
            batch.lanes.add(made.run["lane"])

    def _parked(self, db: Connection, batch: Batch, submission: Submission) -> bool:
        """Tell whether the parallel places of the account's plan are all taken. Raises RateLimited at the REST door."""
        action, caller = submission.action, submission.caller
        places = self._context.catalog.plan(caller.plan).parallel_tasks
        # Whoever counts holds the account until its commit, so that two never find the same place free.
        budgets.lock(db, caller.account_id)
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

    def _hold(self, db: Connection, group: Sequence[NewRun]) -> tuple[list[float], dict[str, Any]]:
        """Hold the credits of all, and take a turn in the fair queue for each; also the period that the hold counts in.

        Raises InsufficientCredits, BudgetExceeded, Forbidden for a suspended account, Unauthorized for an ended key.
        """
        caller, lane = group[0].submission.caller, group[0].order.lane
        credits = sum(made.order.credits for made in group)
        step = 1.0 / self._context.catalog.plan(caller.plan).weight
        given: dict[str, Any] = {"lane_name": lane, "step": step * len(group)}
        given |= {"key": caller.key_id, "moment": now()}
        try:
            held = ledger.hold(db, caller.account_id, credits, _HOLD_AND_TURN, **given)
        except InsufficientCredits:
            authentication.check_active(db, caller.key_id)
            raise
        turns = [float(held.turn) - step * later for later in reversed(range(len(group)))]
        if not held.budgeted or not credits:
            return turns, {}
        try:
            moment = budgets.reserve(db, caller.account_id, caller.key_id, credits)
        except BudgetExceeded:
            ledger.release(db, caller.account_id, credits)
            raise
        return turns, {"held_at": moment}


def _by_hold(entries: Mapping[int, NewRun]) -> list[list[int]]:
    """The entries that one hold is taken for: of one key and lane, in the order of accounts.

    In one order, so that two processes never wait for each other. A run that takes a parallel place stands alone, as
    it counts those that were admitted before it.
    """
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, made in entries.items():
        caller, order = made.submission.caller, made.order
        alone = place if made.submission.action.api.parallel_tasks else -1
        kept = _keeps_files(order)
        groups[caller.account_id, order.lane, caller.plan, caller.key_id, kept, alone].append(place)
    return [groups[key] for key in sorted(groups)]


def _keeps_files(order: Order) -> bool:
    """Tell whether files may come of it, which there must be room for."""
    return order.task.media in STORED or "narration" in order.task.params or order.facts.get("file") is True


# The next turn is max(the account's last turn, the lane's clock) + 1/weight.
_clock = func.coalesce(select(lanes.c.clock).where(lanes.c.lane == bindparam("lane_name")).scalar_subquery(), 0.0)
_HOLD_AND_TURN = Statement(
    "accept.hold_and_turn",
    ledger.HOLDING.where(authentication.is_active(bindparam("key"), bindparam("moment")))
    .values(turn=case((accounts.c.turn > _clock, accounts.c.turn), else_=_clock) + bindparam("step"))
    .returning(accounts.c.turn),
)
_TAKEN = (
    select(func.count())
    .select_from(runs)
    .where(
        runs.c.account_id == bindparam("account"), runs.c.api == bindparam("api"), runs.c.slot.in_(("ready", "claimed"))
    )
)
