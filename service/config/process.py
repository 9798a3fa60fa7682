"""The process that runs here: its name, its end with its parent, its memory, and its container's first process."""

import ctypes
import os
import signal
import sys
from pathlib import Path

# As an operator calls it, for what is told to be run next: installed it has a name of its own.
PROGRAM = "genhook" if Path(sys.argv[0]).name == "genhook" else "python -m service"
PR_SET_PDEATHSIG = 1
M_MMAP_THRESHOLD, LARGE_BYTES = -3, 1_000_000
# glibc's name for the number of its arenas. Each keeps what a thread once needed; of Python's threads one computes at a
# time, so that they seldom wait for each other's.
M_ARENA_MAX, ARENAS = -8, 2
# Loaded before any fork: a new process may do little before its program begins.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when `parent` dies, however it dies; end at once where it has died already.

    Only Linux can: elsewhere, nothing.
    """
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def give_back_large_buffers(from_bytes: int = LARGE_BYTES) -> None:
    """Have glibc give the kernel each large buffer back when it is freed; another C library is left as it is.

    It would keep the room of buffers as large as the largest that was ever freed: a task would find what the last one
    left, beyond its own limit, and a process would never grow lean again.
    """
    mallopt = getattr(_LIBC, "mallopt", None)
    if mallopt is not None:
        mallopt(ctypes.c_int(M_MMAP_THRESHOLD), ctypes.c_int(from_bytes))


def share_memory_between_threads() -> None:
    """Have threads take memory from common places, before any begins; what glibc alone would need."""
    mallopt = getattr(_LIBC, "mallopt", None)
    if mallopt is not None:
        mallopt(ctypes.c_int(M_ARENA_MAX), ctypes.c_int(ARENAS))


def first_process() -> list[str]:
    """Read the words of the container's first process; none where there is no /proc."""
    try:
        return Path("/proc/1/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return []
