"""A process's sign of life: one counter row an incarnation, beaten every second.

The sweeper judges it by its own monotonic clock, so a step of the wall clock harms nobody. A step that outlives its
deadline ends the process: a worker that hangs with a live heartbeat would keep its runs for ever.
Source: design, «The life of a run», 6.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import SQLAlchemyError

from service.store.clock import new_uuid, now
from service.store.database import CommitUncertain, Database
from service.store.tables import workers

BEAT_S = 1.0
log = structlog.get_logger("heartbeat")


class Heartbeat:
    """One incarnation of a worker or deliverer: `id` is what it claims with."""

    def __init__(self, database: Database, role: str) -> None:
        """`role` is worker, callbacks or sweeper; nothing is written before `start()`."""
        self.id = new_uuid()
        self._database = database
        self._role = role
        self._stopping = threading.Event()
        self._deadlines: dict[object, float] = {}
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Enter the row and begin to beat."""
        row = {"id": self.id, "role": self._role, "host": socket.gethostname(), "pid": os.getpid(), "beats": 0}
        self._database.write(lambda db: db.execute(insert(workers).values(**row, started_at=now())))
        self._thread.start()

    def stop(self) -> None:
        """Stop beating and take the row out: what this incarnation still holds may be taken at once."""
        self._stopping.set()
        self._thread.join(timeout=5)
        self._database.write(lambda db: db.execute(delete(workers).where(workers.c.id == self.id)))

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Around one step: where it takes longer than `seconds`, the process ends itself."""
        token = object()
        self._deadlines[token] = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadlines.pop(token, None)

    def _beat(self) -> None:
        while not self._stopping.wait(BEAT_S):
            if any(time.monotonic() > deadline for deadline in list(self._deadlines.values())):
                log.error("a step outlived its deadline, ending", worker=self.id)
                os._exit(70)
            try:
                known = self._database.write(
                    lambda db: (
                        db.execute(
                            update(workers).where(workers.c.id == self.id).values(beats=workers.c.beats + 1)
                        ).rowcount
                    )
                )
            except (SQLAlchemyError, CommitUncertain) as error:
                log.warning("heartbeat not written", error=str(error))
                continue
            if not known and not self._stopping.is_set():
                log.error("declared dead while alive, ending", worker=self.id)
                os._exit(75)
