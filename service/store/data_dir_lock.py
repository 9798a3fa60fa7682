"""The lock on a data dir: one `up` at a time, and none while processes of a killed one still live.

Two locks, since they end at different times: the first goes with the supervisor, the second is inherited by every
process it starts and goes with the last of them. Both are the kernel's, so a `kill -9` leaves nothing stale.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.config.data_dir import make_data_dir

ORPHANS_S = 30.0


class StartRefused(RuntimeError):
    """Something is in the way of a start; the message says what, and what to do."""


@contextmanager
def held(data_dir: Path) -> Iterator[int]:
    """Hold `data_dir`, made where it isn't there. Yields the file descriptor that every started process inherits.

    Raises StartRefused where another `up` has it, or where a killed one's processes don't end within 30 s.
    """
    make_data_dir(data_dir)
    supervisor, processes = _open(data_dir / "up.lock"), _open(data_dir / "processes.lock")
    try:
        if not _taken(supervisor):
            raise StartRefused(f"Another `up` is running on {data_dir}. Stop it, or give this one its own --data-dir.")
        _wait_for_orphans(processes, data_dir)
        yield processes
    finally:
        os.close(processes)
        os.close(supervisor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_orphans(processes: int, data_dir: Path) -> None:
    deadline = time.monotonic() + ORPHANS_S
    while not _taken(processes):
        if time.monotonic() > deadline:
            raise StartRefused(f"Processes of an earlier `up` on {data_dir} are still running; end them first.")
        time.sleep(0.05)
