"""The faults: each does its harm and says in words what it did; `Faults.end` takes back what still holds."""

import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.chaos.clocks import Clocks
from tests.fakes.provider import FakeProvider
from tests.fakes.receiver import Receiver, Reply
from tests.support.installation import Installation

KINDS = ("web", "worker", "callbacks", "sweeper", "engine")
LONGEST_PAUSE_S = 12.0
HOLD_S = 4.0
# How far a clock is off, and for how long.
STEP_S = (60.0, 180.0)
STEPPED_S = (3.0, 20.0)
TELL_TIME = (*KINDS, "redis")
FULL_S = 4.0
# Left free on a full disk: less than a page of the database.
LEAST_FREE = 4096
SPARE = "chaos-filler"
TROUBLES = ("limit", "away", "broken", "broken_after", "drop", "garbled", "failed", "empty")


@dataclass
class Faults:
    """What can be done to one installation, chosen by `chance` alone."""

    installation: Installation
    receiver: Receiver
    providers: tuple[FakeProvider, ...]
    chance: random.Random
    # Whether the data dir is a small disk of its own, which may be filled.
    small_disk: bool
    # None where clocks can't be stepped.
    clocks: Clocks | None = None
    _paused: set[int] = field(default_factory=set)
    _timers: list[threading.Timer] = field(default_factory=list)

    def any(self) -> str:
        """Do one, and say which."""
        faults: list[Callable[[], str]] = [
            self.kill,
            self.kill,
            self.pause,
            self.restart_redis,
            self.empty_redis,
            self.disturb_database,
            self.disturb_receiver,
            self.disturb_provider,
            self.kill_many,
        ]
        if self.small_disk:
            faults.append(self.fill_disk)
        if self.clocks:
            faults.append(self.step_clock)
        return self.chance.choice(faults)()

    def end(self) -> None:
        """Let go of everything that still holds."""
        for timer in self._timers:
            timer.join()
        for pid in list(self._paused):
            self._resume(pid)
        self.receiver.replies.clear()
        for provider in self.providers:
            provider._troubles.clear()
            provider._poll_troubles.clear()
            provider.resume()

    def kill(self) -> str:
        """Kill one process at once."""
        kind, pid = self._one()
        _signal(pid, signal.SIGKILL)
        return f"kill -9 {kind} {pid}"

    def kill_many(self) -> str:
        """Kill every process of a kind at once."""
        kind = self.chance.choice(KINDS)
        killed = self.installation.pids(kind)
        for pid in killed:
            _signal(pid, signal.SIGKILL)
        return f"kill -9 every {kind}: {killed}"

    def pause(self) -> str:
        """Stop one process in its tracks, long enough that it may be taken over, and let it go on."""
        kind, pid = self._one()
        seconds = self.chance.uniform(1.0, LONGEST_PAUSE_S)
        _signal(pid, signal.SIGSTOP)
        self._paused.add(pid)
        self._later(seconds, lambda: self._resume(pid))
        return f"SIGSTOP {kind} {pid} for {seconds:.1f} s"

    def restart_redis(self) -> str:
        """Kill Redis; the supervisor starts it again, with no memory of what was."""
        return f"kill -9 redis {self.installation.kill('redis')}"

    def empty_redis(self) -> str:
        """Take everything out of Redis while it runs."""
        path = self.installation.folder / "redis.sock"
        with suppress(RedisError):
            Redis(unix_socket_path=str(path), socket_timeout=2).flushall()
        return "redis emptied"

    def disturb_database(self) -> str:
        """Cut every connection to PostgreSQL, or hold the one writer's place of SQLite."""
        url = self.installation.environment.get("DATABASE_URL", "")
        if url:
            engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
            cut = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
            )
            with engine.connect() as db:
                number = len(db.execute(text(f"{cut} pg_backend_pid()")).all())
            return f"{number} database connections cut"
        threading.Thread(target=self._hold_sqlite, daemon=True).start()
        return f"the database's write lock held for {HOLD_S} s"

    def disturb_receiver(self) -> str:
        """Let the receiver be slow, hang, break or turn away what comes next."""
        reply = self.chance.choice([Reply(500), Reply(503), Reply(404), Reply(hold_s=3), Reply(hold_s=18), Reply(429)])
        number = self.chance.randint(1, 5)
        self.receiver.replies.extend([reply] * number)
        return f"receiver answers {number} posts with {reply.status} after {reply.hold_s} s"

    def disturb_provider(self) -> str:
        """Let a provider refuse, break, vanish after it took a call, or stumble when asked."""
        provider, kind = self.chance.choice(self.providers), self.chance.choice(TROUBLES)
        number = self.chance.randint(1, 3)
        provider.trouble(kind, times=number)
        provider.stumble(times=number)
        return f"{provider.name}: {number} times {kind}"

    def fill_disk(self) -> str:
        """Fill the disk to its last page for a few seconds."""
        path = self.installation.folder / SPARE
        with path.open("wb") as file:
            free = os.statvfs(self.installation.folder)
            with suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - LEAST_FREE))
        self._later(FULL_S, lambda: path.unlink(missing_ok=True))
        return f"disk full for {FULL_S} s"

    def step_clock(self) -> str:
        """Set the clock of one process minutes ahead or back, and right again after a while."""
        assert self.clocks is not None
        kind, pid = self._one(TELL_TIME)
        away, seconds = self.chance.choice((-1, 1)) * self.chance.uniform(*STEP_S), self.chance.uniform(*STEPPED_S)
        self.clocks.step(pid, away)
        self._later(seconds, partial(self.clocks.step, pid, 0))
        return f"clock of {kind} {pid} {away:+.0f} s for {seconds:.1f} s"

    def _one(self, kinds: Sequence[str] = KINDS) -> tuple[str, int]:
        kind = self.chance.choice(kinds)
        pids = self.installation.pids(kind)
        while not pids:
            time.sleep(0.2)
            pids = self.installation.pids(kind)
        return kind, self.chance.choice(pids)

    def _resume(self, pid: int) -> None:
        _signal(pid, signal.SIGCONT)
        self._paused.discard(pid)

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, work)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

    def _hold_sqlite(self) -> None:
        with suppress(sqlite3.OperationalError):
            db = sqlite3.connect(_sqlite(self.installation), timeout=2, isolation_level=None)
            try:
                db.execute("BEGIN IMMEDIATE")
                time.sleep(HOLD_S)
            finally:
                db.close()


def _sqlite(installation: Installation) -> Path:
    return installation.folder / "genhook.db"


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
