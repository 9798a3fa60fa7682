"""The turn to write to SQLite, which has one writer: who finds it busy would sleep up to 100 ms, so all queue here."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

BUSY_S = 20.0
ASK_S = 0.0005
OPTIONS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC


class DatabaseBusy(TimeoutError):
    """Another process has been writing to SQLite all the time; trying again later may succeed."""

    def __init__(self, seconds: float) -> None:
        """`seconds` is how long the turn was waited for."""
        super().__init__(f"Another process has been writing for {seconds:.0f} s.")


class Turn:
    """The turn, first among the threads of this process, then among the processes.

    The one that is to write next has a place to wait in, so that a process that writes without pause lets it in.
    """

    def __init__(self, path: str) -> None:
        """`path` is the database's file; the files that are locked lie beside it, and are opened at the first turn."""
        self._path = path
        self._lock = threading.Lock()
        self._files: tuple[int, ...] = ()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn and have it. Raises DatabaseBusy after BUSY_S."""
        deadline = time.monotonic() + BUSY_S
        if not self._lock.acquire(timeout=BUSY_S):
            raise DatabaseBusy(BUSY_S)
        try:
            if not self._files:
                self._files = tuple(os.open(f"{self._path}.{name}", OPTIONS, 0o600) for name in ("next", "lock"))
            place, gate = self._files
            _lock(place, deadline)
            try:
                _lock(gate, deadline)
            finally:
                fcntl.flock(place, fcntl.LOCK_UN)
            try:
                yield
            finally:
                fcntl.flock(gate, fcntl.LOCK_UN)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            os.close(file)
        self._files = ()


def _lock(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise DatabaseBusy(BUSY_S) from None
            time.sleep(ASK_S)
        else:
            return
