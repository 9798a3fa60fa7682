"""One lane of a worker: a thread that claims what is due, has it worked, and commits what came of it."""

import threading
import time
from collections.abc import Sequence
from functools import partial

import structlog

from service.config import FETCH
from service.context import Context
from service.operations import handlers
from service.processes.hands import THREADS, Hands
from service.processes.steps import Steps
from service.runs import finish, recover
from service.runs.claim import Claim, claim, due
from service.runs.finish import Outcome
from service.store.heartbeat import Heartbeat
from service.telemetry.threads import SupervisedThread

LOOK_S = 1.0
BATCH = 32
# A batch is sized to take about this long, so that a second worker gets its share of slow work.
BATCH_S = 0.25
# What ends within this is committed together.
COMMIT_S = 0.05
# What is left of a batch that has taken so long is put back: it held more work than the runs before it.
LONGEST_BATCH_S = 1.0
log = structlog.get_logger("worker")


class Lane(SupervisedThread):
    """Drains one lane for one process."""

    def __init__(self, name: str, context: Context, heart: Heartbeat, stopping: threading.Event) -> None:
        """`heart` is what it claims with; it ends once `stopping` is set and nothing is in hand."""
        super().__init__(f"lane-{name}", self._drain_until_told, stopping)
        self._lane = name
        self._context = context
        self._heart = heart
        self._stopping = stopping
        self._steps = Steps(name, context, heart)
        self._rung = threading.Event()
        self._idle = threading.Event()
        # The runs that are claimed and not yet committed; unsure once one may be claimed that isn't among them.
        self._in_hand: set[str] = set()
        self._unsure = False
        self._run_s = BATCH_S / 4
        self._hands = Hands(name, self._rung) if name in THREADS else None
        # What is made and not committed, and when something was committed last.
        self._ended: list[Outcome] = []
        self._committed = time.monotonic()

    def ring(self) -> None:
        """Look at once. Blocks while a batch is in hand."""
        self._context.bell.answered(self._lane)
        self._idle.wait(timeout=LOOK_S)
        self._rung.set()

    def wake(self) -> None:
        """Look at once, or after the batch in hand."""
        self._rung.set()

    def _drain_until_told(self) -> None:
        """Drain at every ring and once a second."""
        while not self._stopping.is_set():
            self._idle.set()
            self._rung.wait(LOOK_S)
            self._rung.clear()
            self._idle.clear()
            try:
                self._reconcile()
                self._drain()
            except Exception:
                log.exception("drain failed", lane=self._lane)
                self._unsure = True
                self._stopping.wait(LOOK_S)
        if self._hands is not None:
            self._hands.close()

    def _reconcile(self) -> None:
        """After a failure, let go of runs that are claimed in this worker's name and in nobody's hand."""
        if self._unsure:
            recover.give_up(self._context, self._heart.id, self._lane, list(self._in_hand))
            self._unsure = False

    def _drain(self) -> None:
        if self._lane == "blocking" and self._hands is not None and self._hands.free:
            self._hands.give(self._steps.stop_abandoned)
        while not self._stopping.is_set() and (most := self._most()) and self._due():
            claims = claim(self._context, self._heart.id, self._lane, most)
            if not claims:
                break
            self._in_hand.update(claimed.run_id for claimed in claims)
            if len(claims) == most:
                self._context.bell.ring(self._lane)
            if self._hands is not None:
                for claimed in claims:
                    self._hands.give(partial(self._alone, claimed))
                continue
            began = time.monotonic()
            self._work(claims, more=len(claims) == most)
            self._run_s = max(0.0001, 0.7 * self._run_s + 0.3 * (time.monotonic() - began) / len(claims))
        self._commit_ended()

    def _most(self) -> int:
        """Return how many runs may be claimed now."""
        if self._hands is not None:
            return self._hands.free
        return max(1, min(BATCH, int(BATCH_S / self._run_s)))

    def _due(self) -> bool:
        with self._context.database.read() as db:
            return due(db, self._heart.id, self._lane)

    def _work(self, claims: Sequence[Claim], more: bool) -> None:
        """Work the batch; what ended last is committed with the next one's where `more` is due."""
        left, until = {claimed.run_id for claimed in claims}, time.monotonic() + LONGEST_BATCH_S

        def is_over() -> bool:
            return self._stopping.is_set() or time.monotonic() > until

        try:
            for outcome in self._steps.take(claims, is_over, self._commit_ended):
                left.discard(outcome.claim.run_id)
                self._ended.append(outcome)
                if time.monotonic() - self._committed > COMMIT_S:
                    self._commit_ended()
            if left and not self._stopping.is_set():
                recover.give_back(self._context, self._heart.id, sorted(left))
        finally:
            self._in_hand.difference_update(left)
        if not more:
            self._commit_ended()

    def _commit_ended(self) -> None:
        """Commit what has ended and is not committed yet."""
        ended, self._ended = self._ended, []
        if ended:
            try:
                self._commit(ended)
            finally:
                self._committed = time.monotonic()
                self._in_hand.difference_update(one.claim.run_id for one in ended)

    def _commit(self, outcomes: Sequence[Outcome]) -> None:
        finish.commit(self._context, outcomes, handlers.present)

    def _alone(self, claimed: Claim) -> None:
        try:
            self._commit([self._steps.step(claimed)])
        except Exception:
            self._unsure = True
            raise
        finally:
            self._in_hand.discard(claimed.run_id)
            if self._lane == FETCH:
                # Its account has a place again.
                self._rung.set()
