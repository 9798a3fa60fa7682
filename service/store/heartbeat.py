"""A process's sign of life: one counter row an incarnation, beaten every second.

The sweeper judges it by its own monotonic clock, so a step of the wall clock harms nobody. A beat that fails is logged
and tried again. The process ends itself, for its supervisor to start it again, where it can't go on: a step outlives
its deadline (a worker that hangs with a live heartbeat would keep its runs for ever), a beat hangs, or the row is gone
because others took over.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import delete, insert, update

from service.logs import Outage
from service.store.clock import new_uuid, now
from service.store.database import Database
from service.store.tables import workers
from service.telemetry.threads import SupervisedThread

BEAT_S = 1.0
# A write gives up long before this, so a beat that takes longer will never end.
HUNG_S = 90.0
# An incarnation whose own beats are late can't tell whether others' are.
LATE_S = 3.0
log = structlog.get_logger("heartbeat")


class Heartbeat:
    """One incarnation of a worker, deliverer or sweeper: `id` is what it claims with."""

    def __init__(self, database: Database, role: str) -> None:
        """`role` is worker, callbacks or sweeper; nothing is written before `start()`."""
        self.id = new_uuid()
        self._database = database
        self._role = role
        self._stopping = threading.Event()
        self._outage = Outage(log, "heartbeat not written, trying again", "heartbeat written again")
        self._deadlines: dict[object, float] = {}
        # When a beat was last written, and when one last ended, written or not.
        self._beaten = self._tried = time.monotonic()
        self._thread = SupervisedThread("heartbeat", self._beat, self._stopping)
        self._watchdog = SupervisedThread("watchdog", self._watch, self._stopping)

    def start(self) -> None:
        """Enter the row, as soon as the database takes it, and begin to beat."""
        while not self._entered():
            time.sleep(BEAT_S)
        self._beaten = self._tried = time.monotonic()
        self._thread.start()
        self._watchdog.start()

    def stop(self) -> None:
        """Stop beating and take the row out: what this incarnation still holds may be taken at once."""
        self._stopping.set()
        self._thread.join(timeout=5)
        try:
            self._database.write(lambda db: db.execute(delete(workers).where(workers.c.id == self.id)))
        except Exception as error:
            # The sweeper takes it out.
            log.warning("heartbeat row not removed", worker=self.id, error=str(error))

    @property
    def late(self) -> bool:
        """Return whether the latest beat was not written in time, as while another process holds the database."""
        return time.monotonic() - self._beaten > LATE_S

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Around one step: where it takes longer than `seconds`, the process ends itself."""
        token = object()
        self._deadlines[token] = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadlines.pop(token, None)

    def _entered(self) -> bool:
        row = {"id": self.id, "role": self._role, "host": socket.gethostname(), "pid": os.getpid(), "beats": 0}
        # Perhaps an earlier try was committed though its answer was lost.
        mine = delete(workers).where(workers.c.id == self.id)
        enter = insert(workers).values(**row, started_at=now())
        try:
            self._database.write(lambda db: (db.execute(mine), db.execute(enter)))
        except Exception as error:
            log.warning("heartbeat row not entered yet, trying again", role=self._role, error=str(error))
            return False
        return True

    def _beat(self) -> None:
        count = update(workers).where(workers.c.id == self.id).values(beats=workers.c.beats + 1)
        while not self._stopping.wait(BEAT_S):
            try:
                known = self._database.write(lambda db: db.execute(count).rowcount)
            except Exception as error:
                self._outage.lasts(worker=self.id, error=str(error))
                self._tried = time.monotonic()
                continue
            self._outage.over()
            self._beaten = self._tried = time.monotonic()
            if not known and not self._stopping.is_set():
                log.error("declared dead while alive, ending", worker=self.id)
                os._exit(75)

    def _watch(self) -> None:
        while not self._stopping.wait(BEAT_S):
            moment = time.monotonic()
            if any(moment > deadline for deadline in list(self._deadlines.values())):
                log.error("a step outlived its deadline, ending", worker=self.id)
                os._exit(70)
            if moment - self._tried > HUNG_S:
                log.error("a beat hangs, ending", worker=self.id, seconds=HUNG_S)
                os._exit(75)
