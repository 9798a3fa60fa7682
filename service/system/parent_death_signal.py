"""Processes that don't outlive the one that started them."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1
# Loaded before any fork: a new process may do little before its program begins.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies, however it dies. Only Linux can: elsewhere, nothing."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
