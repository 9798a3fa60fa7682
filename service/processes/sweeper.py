"""The sweeper process: requeues the runs of dead workers, ends what is over its time, and forgets what is past keeping.

It judges heartbeats by its own monotonic clock: a counter that stands still for 8 s is dead, whatever the wall clock
does. While its own beats are late (another process holds the database) it judges nobody. Any number of sweepers may
run.
"""

import signal
import threading
import time
from collections.abc import Callable
from functools import partial

import orjson
import structlog
from sqlalchemy import select

from service.accounts import usage, usage_blocks
from service.config import Settings
from service.context import Context, open_context
from service.files import removal
from service.maintenance import doctor, retention
from service.runs import cancel, recover
from service.store import kept
from service.store.clock import iso, now
from service.store.heartbeat import Heartbeat
from service.store.private_files import tighten_all
from service.store.tables import workers
from service.telemetry.gathering import Gathering
from service.telemetry.threads import SupervisedThread

ROUND_S = 1.0
DEAD_AFTER_S = 8.0
ORPHANS_EVERY_S = 10.0
FORGET_EVERY_S = 30.0
ROLL_UP_EVERY_S = 10.0
# Between two batches, so that accepts find the database free.
ROLL_UP_PAUSE_S = 0.05
RETAIN_EVERY_S = 3600.0
EXAMINE_EVERY_S = 60.0
log = structlog.get_logger("sweeper")


class Pulse:
    """The moments since which each heartbeat has stood still."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic seconds."""
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}

    def dead(self, beats: dict[str, int]) -> list[str]:
        """List the incarnations whose counter has been the same for 8 s of this process's own time."""
        moment = self._clock()
        self._seen = {
            worker: self._seen[worker] if self._seen.get(worker, (None,))[0] == count else (count, moment)
            for worker, count in beats.items()
        }
        return [worker for worker, (_, since) in self._seen.items() if moment - since >= DEAD_AFTER_S]

    def forget(self) -> None:
        """Begin to count anew: nobody's beats could be written, or this process could not look."""
        self._seen = {}


def run(settings: Settings) -> None:
    """Sweep once a second until told to stop. Files made by versions without a umask are tightened meanwhile."""
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    context = open_context(settings)
    context.extensions.watch()
    heart = Heartbeat(context.database, "sweeper")
    heart.start()
    Gathering(settings.redis).start()
    SupervisedThread("tighten", partial(tighten_all, settings.data_dir), stopping).start()
    SupervisedThread("retention", partial(_retain, context, stopping), stopping).start()
    SupervisedThread("forget", partial(_forget, context, stopping), stopping).start()
    SupervisedThread("usage", partial(_roll_up, context, stopping), stopping).start()
    SupervisedThread("doctor", partial(_examine, context, stopping), stopping).start()
    pulse = Pulse()
    next_orphans = time.monotonic()
    while not stopping.is_set():
        if heart.late:
            pulse.forget()
        _attempt(lambda: sweep(context, pulse))
        if time.monotonic() >= next_orphans:
            _attempt(partial(recover.take_over_orphans, context))
            next_orphans = time.monotonic() + ORPHANS_EVERY_S
        stopping.wait(ROUND_S)
    heart.stop()
    context.close()


def _retain(context: Context, stopping: threading.Event) -> None:
    """Delete what is past its days, at the start and every hour."""
    days = retention.days_kept(context.settings, context.database)
    if not days and context.settings.retention_days is None:
        log.warning("ended runs are kept for ever: this database is an older version's, and RETENTION_DAYS is not set")
    while not stopping.is_set():
        retention.run(context, days, stopping)
        stopping.wait(RETAIN_EVERY_S)


def _forget(context: Context, stopping: threading.Event) -> None:
    """Delete what was kept for a time, and objects whose rows are gone; however much that is, nobody waits for it."""
    while not stopping.is_set():
        _attempt(partial(recover.forget, context))
        _attempt(partial(removal.delete_objects, context.database, context.objects))
        stopping.wait(FORGET_EVERY_S)


def _examine(context: Context, stopping: threading.Event) -> None:
    """Keep doctor's findings fresh for the operator's view."""
    while not stopping.wait(EXAMINE_EVERY_S):
        examine(context)


def examine(context: Context) -> None:
    """Keep what doctor finds now."""
    findings = doctor.report(doctor.examine(context.settings)) | {"examined_at": iso(now())}
    context.database.write(lambda db: kept.put(db, kept.FINDINGS, orjson.dumps(findings).decode()))


def sweep(context: Context, pulse: Pulse) -> None:
    """Do one round: take over from the dead, end what is over its time, ring for what is due.

    Each is done though another failed.
    """
    _attempt(lambda: _take_over(context, pulse))
    _attempt(lambda: recover.time_out(context))
    _attempt(lambda: cancel.end_overdue(context))
    for lane in recover.lanes_with_work(context):
        context.bell.ring(lane)


def _take_over(context: Context, pulse: Pulse) -> None:
    with context.database.read() as db:
        beats = {row.id: row.beats for row in db.execute(select(workers.c.id, workers.c.beats))}
    dead = pulse.dead(beats)
    if dead:
        log.warning("taking over from the dead", workers=dead)
        recover.take_over(context, dead)


def _roll_up(context: Context, stopping: threading.Event) -> None:
    """Add up usage every few seconds; after an upgrade there is much to do, which holds nobody else up."""
    _attempt(lambda: _fill_blocks(context, stopping))
    while not stopping.wait(ROLL_UP_EVERY_S):
        _attempt(lambda: _roll_up_all(context, stopping))


def _fill_blocks(context: Context, stopping: threading.Event) -> None:
    """Put what versions before blocks left into them; from then on rolling up does."""
    with context.database.read() as db:
        waiting = usage_blocks.waiting(db)
    for account_id in waiting:
        while context.database.write(partial(usage_blocks.add_block, account_id=account_id)):
            if stopping.wait(ROLL_UP_PAUSE_S):
                return


def _roll_up_all(context: Context, stopping: threading.Event) -> None:
    while context.database.write(usage.roll_up) == usage.BATCH and not stopping.wait(ROLL_UP_PAUSE_S):
        pass


def _attempt(task: Callable[[], object]) -> None:
    """Log what fails (the database is away, the disk full): the next round tries again."""
    try:
        task()
    except Exception:
        log.exception("sweeper round failed")
