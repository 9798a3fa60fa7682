"""Committing what a lane has finished beside its work, so that the next run is worked while the last is flushed."""

import threading
import time
from collections.abc import Callable, Sequence

from service.runs.finish import Outcome
from service.telemetry.threads import SupervisedThread

# What ends within this is committed together.
COMMIT_S = 0.02


class Commits:
    """Commits one lane's outcomes: the first at once, what ends within the next 20 ms or the last commit together."""

    def __init__(self, lane: str, commit: Callable[[Sequence[Outcome]], None]) -> None:
        """`commit` writes them in one transaction; its thread starts with the first outcome."""
        self._name, self._commit = f"commits-{lane}", commit
        self._change = threading.Condition()
        self._waiting: list[Outcome] = []
        self._thread: threading.Thread | None = None
        self._busy = self._flushing = self._closed = False
        self._failure: BaseException | None = None

    def add(self, outcome: Outcome) -> None:
        """Have it committed soon."""
        with self._change:
            self._waiting.append(outcome)
            if self._thread is None:
                self._thread = SupervisedThread(self._name, self._run)
                self._thread.start()
            self._change.notify_all()

    def flush(self) -> None:
        """Commit what waits now, and wait for it. Raises what a commit since the last flush failed with."""
        with self._change:
            self._flushing = True
            self._change.notify_all()
            self._change.wait_for(lambda: not self._waiting and not self._busy)
            self._flushing = False
            failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def close(self) -> None:
        """End the thread."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _run(self) -> None:
        soonest = 0.0
        while group := self._next(soonest):
            soonest = time.monotonic() + COMMIT_S
            try:
                self._commit(group)
            except BaseException as error:
                self._failure = error
            with self._change:
                self._busy = False
                self._change.notify_all()

    def _next(self, soonest: float) -> Sequence[Outcome]:
        """Wait for outcomes, no longer than until `soonest` for more of them; none once it is closed."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closed)
            self._change.wait_for(lambda: self._flushing or self._closed, max(0.0, soonest - time.monotonic()))
            group, self._waiting = self._waiting, []
            self._busy = bool(group)
            return group
