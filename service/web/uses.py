"""Notes when each key was last used, together every few seconds: no request waits for it."""

import threading

import structlog

from service.accounts import keys
from service.context import Context
from service.telemetry.threads import SupervisedThread

NOTED_EVERY_S = 5.0
log = structlog.get_logger("web")


class Uses:
    """Collects the keys that were used; one thread writes them down, started at the first."""

    def __init__(self, context: Context) -> None:
        """They are noted in the database of `context`, those that are left when it closes too."""
        self._database = context.database
        self._stopping = threading.Event()
        context.closing.callback(self.close)
        self._used: set[int] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, key_id: int) -> None:
        """This key was used now."""
        with self._lock:
            self._used.add(key_id)
            if self._thread is None:
                self._thread = SupervisedThread("uses", self._run, self._stopping)
                self._thread.start()

    def write(self) -> None:
        """Write down what was used since the last time."""
        with self._lock:
            used, self._used = self._used, set()
        if used:
            self._database.write(lambda db: keys.touch(db, sorted(used)))

    def close(self) -> None:
        """Write down what is left, and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(NOTED_EVERY_S)

    def _run(self) -> None:
        stopped = False
        while not stopped:
            stopped = self._stopping.wait(NOTED_EVERY_S)
            try:
                self.write()
            except Exception:
                log.exception("uses of keys not noted")
