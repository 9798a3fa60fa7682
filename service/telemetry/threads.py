"""Background threads that no exception ends.

A thread that dies takes no process with it: whoever relied on it would wait for ever. Every background loop of the
service runs in a SupervisedThread, which logs the failure and begins the loop again.
"""

import threading
import time
from collections.abc import Callable

import structlog

PAUSE_S = 1.0
log = structlog.get_logger("threads")


class SupervisedThread(threading.Thread):
    """A daemon thread whose work is begun again, a second later, whenever an exception ends it."""

    def __init__(self, name: str, work: Callable[[], None], stopping: threading.Event | None = None) -> None:
        """`work` returns when it has nothing left to do; after `stopping` is set a failure ends the thread."""
        super().__init__(name=name, daemon=True)
        self._task = work
        self._told_to_stop = stopping

    def run(self) -> None:
        """Do the work until it returns."""
        while not self._done():
            self._pause()

    def _done(self) -> bool:
        try:
            self._task()
        except BaseException:
            # SystemExit too: in a thread it would end the thread without a word.
            log.exception("background thread failed, starting it again", thread=self.name)
            return self._told_to_stop is not None and self._told_to_stop.is_set()
        return True

    def _pause(self) -> None:
        if self._told_to_stop is None:
            time.sleep(PAUSE_S)
        else:
            self._told_to_stop.wait(PAUSE_S)
