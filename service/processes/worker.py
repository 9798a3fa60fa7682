"""The worker process: hears doorbells, claims due runs in batches, and works them a step at a time.

A ring comes by pub/sub, or by an RQ job where it was rung while nobody listened. Each lane is drained by a thread of
its own, which also looks at the database once a second, so that work goes on with Redis down.
"""

import os
import signal
import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import structlog

from service.config import FETCH, LANES, Settings
from service.context import Context, open_context
from service.errors import Internal, ServiceError
from service.generation.access import ProviderAccess
from service.generation.cancel_upstream import Settlement, stop, stop_abandoned
from service.generation.engine import Engine, Finished, Place
from service.generation.fetching import Fetched, Fetching
from service.generation.hints import Hints
from service.generation.order import HOSTED
from service.generation.paid import Waiting
from service.generation.permits import Permits
from service.hosted.opening import Originals
from service.hosted.step import Answered, Hosted
from service.operations import handlers
from service.processes import doorbells
from service.processes.commits import Commits
from service.processes.hands import THREADS, Hands
from service.processes.labels import labeled
from service.runs import finish, recover
from service.runs.claim import Claim, claim, due, held, whole_order
from service.runs.finish import Outcome
from service.runs.intents import IntentLog
from service.store.clock import now
from service.store.database import unavailable
from service.store.disk import full
from service.store.heartbeat import Heartbeat
from service.telemetry import traces
from service.telemetry.gathering import Gathering
from service.telemetry.threads import SupervisedThread

LOOK_S = 1.0
BATCH = 32
# A batch is sized to take about this long, so that a second worker gets its share of slow work.
BATCH_S = 0.25
# What is left of a batch that has taken so long is put back: it held more work than the runs before it.
LONGEST_BATCH_S = 1.0
# The longest is a hosted generate, which its original ends at 900 s.
STEP_LIMIT_S = {"quick": 120.0, "medium": 900.0, "slow": 900.0, "blocking": 960.0, FETCH: 960.0}
# What is in hand when the worker is told to stop has this long to end by itself before it is given back.
GRACE_S = 5.0
log = structlog.get_logger("worker")
_lanes: dict[str, "Lane"] = {}


def drain(lane: str) -> None:
    """The RQ job: the lane's doorbell was rung. Waits while the lane is busy, so that an idle worker hears the next."""
    _lanes[lane].ring()


def run(settings: Settings, lanes: Sequence[str] = LANES) -> None:
    """Work `lanes`, the medium one too where the slow one is among them, and fetch references, until told to stop.

    Paid calls that were sent are finished first, everything else is given back. A second signal ends the process at
    once.
    """
    # Who began these workers when there was no medium lane has nobody else for it.
    lanes = tuple(dict.fromkeys((*lanes, *(("medium",) if "slow" in lanes else ()), FETCH)))
    context = open_context(settings)
    context.scratch.use_for_all()
    context.engines.start()
    context.extensions.watch()
    handlers.check(context.definitions)
    heart = Heartbeat(context.database, "worker")
    heart.start()
    stopping = threading.Event()
    _lanes.update({name: Lane(name, context, heart, stopping) for name in lanes})
    for lane in _lanes.values():
        lane.start()
    traces.start("worker")
    gathering = Gathering(settings.redis)
    gathering.start()
    doorbells.listen_at_once(settings.redis, {name: lane.wake for name, lane in _lanes.items()}, stopping)
    log.info("working", lanes=list(lanes), worker=heart.id)
    doorbells.hear(settings.redis, list(lanes), stopping)
    _let_go(context, heart, settings.worker_drain_s)
    heart.stop()
    context.close()
    gathering.flush()
    # Threads whose work was given back may be in the middle of a call, and nobody needs what they bring.
    os._exit(0)


def _let_go(context: Context, heart: Heartbeat, patience_s: float) -> None:
    """Give back what is in hand, after a moment in which short work ends by itself, and wait for paid calls."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(1))
    began, said = time.monotonic(), -1
    for lane in _lanes.values():
        lane.join(timeout=max(0.0, began + GRACE_S - time.monotonic()))
    while (left := _given_back(context, heart)) and time.monotonic() - began < patience_s:
        if left != said:
            log.warning("told to stop, waiting for paid calls to end", runs=left, patience_s=patience_s)
        said = left
        time.sleep(LOOK_S)
    log.info("stopped", worker=heart.id, left=left)


def _given_back(context: Context, heart: Heartbeat) -> int:
    """Return how many runs are still in hand; while the database can't be asked, one."""
    try:
        return recover.give_back(context, heart.id)
    except Exception as error:
        log.warning("work not given back yet, trying again", error=str(error))
        return 1


class Lane(SupervisedThread):
    """Drains one lane for one process."""

    def __init__(self, name: str, context: Context, heart: Heartbeat, stopping: threading.Event) -> None:
        """`heart` is what it claims with; it ends once `stopping` is set and nothing is in hand."""
        super().__init__(f"lane-{name}", self._drain_until_told, stopping)
        self._lane = name
        self._context = context
        self._heart = heart
        self._stopping = stopping
        self._access = ProviderAccess(
            context.database, context.vault, context.settings.providers, context.guard, context.engines
        )
        hints = Hints(context.vault, context.settings.public_url)
        permits = Permits(context.settings.redis, context.settings.providers)
        self._engine = Engine(context.database, context.objects, context.references, self._access, hints, permits)
        originals = Originals(context.database, context.vault, lambda: context.definitions)
        self._hosted = Hosted(originals, context.uploads, context.references)
        self._rung = threading.Event()
        self._idle = threading.Event()
        # The runs that are claimed and not yet committed; unsure once one may be claimed that isn't among them.
        self._in_hand: set[str] = set()
        self._unsure = False
        self._run_s = BATCH_S / 4
        self._fetching = Fetching(context.database, context.objects, context.references)
        self._hands = Hands(name, self._rung) if name in THREADS else None
        self._commits = Commits(name, self._commit)

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
        self._commits.close()
        if self._hands is not None:
            self._hands.close()

    def _reconcile(self) -> None:
        """After a failure, let go of runs that are claimed in this worker's name and in nobody's hand."""
        if self._unsure:
            recover.give_up(self._context, self._heart.id, self._lane, list(self._in_hand))
            self._unsure = False

    def _drain(self) -> None:
        if self._lane == "blocking" and self._hands is not None and self._hands.free:
            self._hands.give(lambda: stop_abandoned(self._context.database, self._access))
        while not self._stopping.is_set() and (most := self._most()) and self._due():
            claims = claim(self._context, self._heart.id, self._lane, most)
            if not claims:
                return
            self._in_hand.update(claimed.run_id for claimed in claims)
            if len(claims) == most:
                self._context.bell.ring(self._lane)
            began = time.monotonic()
            try:
                self._work(claims)
            finally:
                if self._hands is None:
                    self._in_hand.difference_update(claimed.run_id for claimed in claims)
            self._run_s = max(0.0001, 0.7 * self._run_s + 0.3 * (time.monotonic() - began) / len(claims))

    def _most(self) -> int:
        """Return how many runs may be claimed now."""
        if self._hands is not None:
            return self._hands.free
        return max(1, min(BATCH, int(BATCH_S / self._run_s)))

    def _due(self) -> bool:
        with self._context.database.read() as db:
            return due(db, self._heart.id, self._lane)

    def _work(self, claims: Sequence[Claim]) -> None:
        """Work the batch, while what is finished is committed beside it."""
        if self._hands is not None:
            for claimed in claims:
                self._hands.give(partial(self._alone, claimed))
            return
        if len(claims) == 1:
            self._commit([self._step(claims[0])])
            return
        began = time.monotonic()
        for number, claimed in enumerate(claims):
            if self._stopping.is_set():
                # The rest is given back.
                break
            if number and time.monotonic() - began > LONGEST_BATCH_S:
                rest = [one.run_id for one in claims[number:]]
                recover.give_back(self._context, self._heart.id, rest)
                break
            self._commits.add(self._step(claimed))
        self._commits.flush()

    def _commit(self, outcomes: Sequence[Outcome]) -> None:
        finish.commit(self._context, outcomes, handlers.present)

    def _alone(self, claimed: Claim) -> None:
        try:
            self._commit([self._step(claimed)])
        except Exception:
            self._unsure = True
            raise
        finally:
            self._in_hand.discard(claimed.run_id)
            if self._lane == FETCH:
                # Its account has a place again.
                self._rung.set()

    def _step(self, claimed: Claim) -> Outcome:
        """Take one step of one run; a fault of ours ends the run as `internal` and is logged."""
        with labeled(claimed):
            return self._tried(claimed)

    def _tried(self, claimed: Claim) -> Outcome:
        try:
            return Outcome(claimed, self._advanced(claimed))
        except ServiceError as error:
            return Outcome(claimed, error)
        except Exception as error:
            if unavailable(error) or full(error):
                # What was sent and not answered is not sent again: its intent stands.
                log.warning("a step could not go on, trying again", run=claimed.run_id, error=str(error))
                return Outcome(claimed, Waiting(0.0, LOOK_S))
            log.exception("a step failed", run=claimed.run_id)
            if claimed.cancel_requested_at is not None:
                return Outcome(claimed, Waiting(0.0, LOOK_S))
            return Outcome(claimed, Internal("Something went wrong here; it is logged."))

    def _advanced(self, claimed: Claim) -> Fetched | Finished | Answered | Settlement | Waiting:
        with (
            self._heart.deadline(STEP_LIMIT_S[self._lane]),
            self._context.scratch.new() as folder,
        ):
            book = IntentLog(self._context.database, claimed.run_id, claimed.fence)
            place = Place(
                claimed.run_id,
                claimed.account_id,
                claimed.fence,
                claimed.step,
                Path(folder),
                book,
                partial(held, self._context.database, claimed),
            )
            if claimed.cancel_requested_at is not None:
                asked_s = (now() - claimed.cancel_requested_at) / 1000
                return stop(self._access, claimed.order, place, asked_s)
            order = whole_order(self._context.database, claimed)
            if self._lane == FETCH:
                return self._fetching.advance(order, place)
            if order.provider == HOSTED:
                return self._hosted.advance(order, place)
            return self._engine.advance(order, place)
