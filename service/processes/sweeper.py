"""The sweeper process: puts back within seconds what fell between the others.

It judges heartbeats by its own monotonic clock: a counter that stands still for 8 s is dead, whatever the wall clock
does. Any number of sweepers may run. Source: design, «The life of a run», 6.
"""

import signal
import threading
import time
from collections.abc import Callable
from functools import partial

import structlog
from sqlalchemy import select

from service.config import Settings
from service.context import Context, open_context
from service.runs import recover
from service.store.tables import workers

ROUND_S = 1.0
DEAD_AFTER_S = 8.0
ORPHANS_EVERY_S = 10.0
FORGET_EVERY_S = 30.0
log = structlog.get_logger("sweeper")


class Pulse:
    """Remembers since when each heartbeat has stood still."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic seconds."""
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}

    def dead(self, beats: dict[str, int]) -> list[str]:
        """The incarnations whose counter has been the same for 8 s of this process's own time."""
        moment = self._clock()
        self._seen = {
            worker: self._seen[worker] if self._seen.get(worker, (None,))[0] == count else (count, moment)
            for worker, count in beats.items()
        }
        return [worker for worker, (_, since) in self._seen.items() if moment - since >= DEAD_AFTER_S]


def run(settings: Settings) -> None:
    """Sweep once a second until told to stop."""
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    context = open_context(settings)
    pulse = Pulse()
    rounds = {recover.forget: FORGET_EVERY_S, recover.delete_objects: FORGET_EVERY_S, _orphans: ORPHANS_EVERY_S}
    next_round = dict.fromkeys(rounds, time.monotonic())
    while not stopping.is_set():
        _attempt(lambda: sweep(context, pulse))
        for task, seconds in rounds.items():
            if time.monotonic() >= next_round[task]:
                _attempt(partial(task, context))
                next_round[task] = time.monotonic() + seconds
        stopping.wait(ROUND_S)
    context.database.close()


def sweep(context: Context, pulse: Pulse) -> None:
    """One round: take over from the dead, end what is over its time, ring for what is due."""
    with context.database.read() as db:
        beats = {row.id: row.beats for row in db.execute(select(workers.c.id, workers.c.beats))}
    dead = pulse.dead(beats)
    if dead:
        log.warning("taking over from the dead", workers=dead)
        recover.take_over(context, dead)
    recover.time_out(context)
    for lane in recover.lanes_with_work(context):
        context.bell.ring(lane)


def _orphans(context: Context) -> None:
    recover.take_over_orphans(context)


def _attempt(task: Callable[[], None]) -> None:
    """A round that fails (the database is away, the disk full) is tried again a second later."""
    try:
        task()
    except Exception:
        log.exception("a round failed")
