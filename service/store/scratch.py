"""Temporary files of one process: a folder in the data dir, gone with the process that held it.

A process that was killed leaves its folder behind; the next one that starts on the data dir removes it.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = "lock"


class Scratch:
    """A folder that only this process writes to."""

    def __init__(self, data_dir: Path) -> None:
        """Make it, and remove those of processes that ended without doing so."""
        home = data_dir.resolve() / "tmp"
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(home):
            _remove_left(home)
            self.folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=home))
            # The kernel lets the lock go however the process ends.
            self._lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._empty: list[str] = []

    @contextmanager
    def new(self) -> Iterator[str]:
        """Lend an empty folder to one piece of work, and remove what it leaves there.

        One that was left empty is lent again: a text needs none, and making one costs as much as the text.
        """
        try:
            folder = self._empty.pop()
        except IndexError:
            folder = tempfile.mkdtemp(prefix="work-", dir=self.folder)
        try:
            yield folder
        finally:
            if is_empty(folder):
                self._empty.append(folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def use_for_all(self) -> None:
        """Have everything in this process keep its temporary files here: the system's folder may be read-only."""
        tempfile.tempdir = str(self.folder)

    def close(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            os.close(self._lock)


def is_empty(folder: str | Path) -> bool:
    """Tell whether nothing is in the folder; one that is not there holds something that can't be known."""
    try:
        return not any(Path(folder).iterdir())
    except OSError:
        return False


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep other processes from looking through `home` meanwhile."""
    gate = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield
    finally:
        os.close(gate)


def _remove_left(home: Path) -> None:
    for folder in home.iterdir():
        if folder.is_dir() and not _held(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _held(folder: Path) -> bool:
    """Tell whether a living process holds the folder."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
