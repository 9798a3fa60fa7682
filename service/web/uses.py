"""Notes when each key was last used, together every few seconds: no request waits for it."""

import threading
import time

import structlog

from service.accounts import keys
from service.store.database import Database
from service.system.threads import SupervisedThread

NOTED_EVERY_S = 5.0
log = structlog.get_logger("web")


class Uses:
    """Collects the keys that were used; one thread writes them down, started at the first."""

    def __init__(self, database: Database) -> None:
        """`database` is where they are noted."""
        self._database = database
        self._used: set[int] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, key_id: int) -> None:
        """This key was used now."""
        with self._lock:
            self._used.add(key_id)
            if self._thread is None:
                self._thread = SupervisedThread("uses", self._run)
                self._thread.start()

    def write(self) -> None:
        """Write down what was used since the last time."""
        with self._lock:
            used, self._used = self._used, set()
        if used:
            self._database.write(lambda db: keys.touch(db, sorted(used)))

    def _run(self) -> None:
        while True:
            time.sleep(NOTED_EVERY_S)
            try:
                self.write()
            except Exception:
                log.exception("uses of keys not noted")
