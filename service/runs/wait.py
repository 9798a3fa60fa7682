"""Waiting for runs to end without asking the database once a caller: one thread a process looks for all of them.

Redis tells it which ended; once a second it looks for itself, since Redis holds no truth. Places are bounded, shared
between accounts, and taken before a run is accepted. Requests that wait for another server's answer take one as well.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError
from sqlalchemy import select

from service.context import Context
from service.errors import Busy
from service.queue import ENDED
from service.queue.redis_client import connect
from service.store.tables import runs
from service.telemetry.threads import SupervisedThread

LOOK_S = 1.0
RETRY_AFTER_S = 5
# An account may hold this many times the places that are free: three quarters of them alone, and ever less of the rest
# with others, so that whoever comes next finds some.
SHARE = 3
# Requests that may wait for one run at once, as a part of all places: whoever sends a run's idempotency key again waits
# for the same end.
RUN_PART, FEWEST_A_RUN = 3, 4


class Waiter:
    """Lets a request's thread sleep until its run has ended."""

    def __init__(self, context: Context, places: int) -> None:
        """At most `places` callers wait at once in this process."""
        self._context = context
        # Set when the process is told to stop: who can come again and lose nothing need not be waited for.
        self.stopping = threading.Event()
        self._free = places
        self.most_a_run = max(FEWEST_A_RUN, places // RUN_PART)
        self._held: dict[str, int] = {}
        self._of_run: Counter[str] = Counter()
        self._waited: dict[str, list[threading.Event]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        context.closing.callback(self._closed.set)

    @contextmanager
    def place(self, account_id: str) -> Iterator[None]:
        """Hold a place to wait in. Raises Busy where all are taken, or the account has its share of them."""
        with self._lock:
            mine = self._held.get(account_id, 0)
            if mine >= SHARE * self._free:
                whose = "of this account " if mine else ""
                raise Busy(f"Too many callers {whose}are waiting here already.", retry_after=RETRY_AFTER_S)
            self._free -= 1
            self._held[account_id] = mine + 1
        try:
            yield
        finally:
            self._leave(account_id)

    def _leave(self, account_id: str) -> None:
        with self._lock:
            self._free += 1
            self._held[account_id] -= 1
            if not self._held[account_id]:
                del self._held[account_id]

    @contextmanager
    def place_for(self, run_id: str) -> Iterator[None]:
        """Hold one of the places to wait for this run. Raises Busy where others hold them all."""
        with self._lock:
            if self._of_run[run_id] >= self.most_a_run:
                raise Busy("Other requests are waiting for this run already.", retry_after=RETRY_AFTER_S)
            self._of_run[run_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._of_run[run_id] -= 1
                if not self._of_run[run_id]:
                    del self._of_run[run_id]

    def wait(self, run_id: str, seconds: float) -> bool:
        """Wait up to `seconds`; return whether the run has ended."""
        ended = threading.Event()
        with self._lock:
            self._waited.setdefault(run_id, []).append(ended)
            if self._thread is None or not self._thread.is_alive():
                self._thread = SupervisedThread("waiter", self._watch, self._closed)
                self._thread.start()
        try:
            # It may have ended before this thread was listed.
            return self._ended([run_id]) == [run_id] or ended.wait(seconds)
        finally:
            with self._lock:
                self._waited[run_id].remove(ended)
                if not self._waited[run_id]:
                    del self._waited[run_id]

    def _watch(self) -> None:
        pubsub = None
        while not self._closed.is_set():
            looked = time.monotonic()
            try:
                if pubsub is None:
                    pubsub = connect(self._context.settings.redis).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                    pubsub.subscribe(ENDED)
                while (left := looked + LOOK_S - time.monotonic()) > 0:
                    message = pubsub.get_message(timeout=left)
                    if message is not None:
                        self._wake(message["data"].decode().split(","))
            except RedisError:
                pubsub = None
                time.sleep(LOOK_S / 4)
            self._look()

    def _look(self) -> None:
        with self._lock:
            waited = list(self._waited)
        if waited:
            self._wake(self._ended(waited))

    def _ended(self, run_ids: list[str]) -> list[str]:
        with self._context.database.read() as db:
            return list(db.execute(select(runs.c.id).where(runs.c.id.in_(run_ids), runs.c.slot == "ended")).scalars())

    def _wake(self, run_ids: list[str]) -> None:
        with self._lock:
            for run_id in run_ids:
                for ended in self._waited.get(run_id, ()):
                    ended.set()
