"""The memory that large values may take in a process at once, shared between accounts.

Whoever is about to hold a value of a megabyte or more (a request's body, a stored run's input) takes a share first, and
waits for a moment where there is none: nobody's flood of large values ends the process, or takes all of its memory from
the others.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import Busy

LARGE = 1_000_000
# In bytes as they are sent and stored; read, they take some three times as much.
MOST = 128_000_000
# Of what others leave, one account takes so much, a single value aside.
SHARE_OF_ONE = 0.5
PATIENCE_S, MOST_WAITING = 5.0, 8
RETRY_AFTER_S = 5


class MemoryShares:
    """One process's."""

    def __init__(self, most: int = MOST, patience_s: float = PATIENCE_S) -> None:
        """At most `most` bytes at once."""
        self._most, self.patience_s = most, patience_s
        self._held: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def take(self, account: str, size: int) -> Iterator[None]:
        """Hold memory for a value of `size` bytes; what is small needs none. Raises Busy where none becomes free."""
        if size < LARGE:
            yield
            return
        size = min(size, self._most)
        with self._changed:
            self._wait(account, size)
            self._held[account] += size
        try:
            yield
        finally:
            with self._changed:
                self._held[account] -= size
                self._held += Counter()
                self._changed.notify_all()

    def _wait(self, account: str, size: int) -> None:
        full = Busy("Too many large requests of this account are at work here.", retry_after=RETRY_AFTER_S)
        if self._waiting[account] >= MOST_WAITING:
            raise full
        self._waiting[account] += 1
        try:
            if not self._changed.wait_for(lambda: self._may(account, size), self.patience_s):
                raise full
        finally:
            self._waiting[account] -= 1
            self._waiting += Counter()

    def _may(self, account: str, size: int) -> bool:
        mine, taken = self._held[account], self._held.total()
        fair = not mine or mine + size <= (self._most - (taken - mine)) * SHARE_OF_ONE
        return fair and taken + size <= self._most
