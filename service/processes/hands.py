"""The threads of a lane that waits for others most of the time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from service.config import BLOCKING, FETCH

# The lanes that have them, and how many.
THREADS = {BLOCKING: 20, FETCH: 32}
log = structlog.get_logger("worker")


class Hands:
    """The bounded threads of a lane that waits for other servers: each step is committed alone, as it ends."""

    def __init__(self, lane: str, freed: threading.Event) -> None:
        """`freed` is set when there is room again after there was none."""
        self._freed, self._most = freed, THREADS[lane]
        self._pool = ThreadPoolExecutor(self._most, thread_name_prefix=lane)
        self._lock = threading.Lock()
        self._busy = 0

    @property
    def free(self) -> int:
        """Count the works that would start at once."""
        return max(0, self._most - self._busy)

    def give(self, work: Callable[[], object]) -> None:
        """Do it in a thread; a failure is logged."""
        with self._lock:
            self._busy += 1
        self._pool.submit(self._do, work)

    def close(self) -> None:
        """Wait for what is in hand."""
        self._pool.shutdown()

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            log.exception("blocking work failed")
        finally:
            with self._lock:
                full, self._busy = self._busy >= self._most, self._busy - 1
            if full:
                self._freed.set()
