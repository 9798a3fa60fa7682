"""Calls of the C library that Python has no name for."""

import ctypes
import os
import signal
from typing import Any

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
M_MMAP_THRESHOLD, LARGE_BYTES = -3, 131_072
LIBC = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: Any) -> int:
    """Call the kernel; raises OSError."""
    result = int(LIBC.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def prctl(option: int, *arguments: Any) -> None:
    """Change what the kernel knows of this process; raises OSError."""
    if LIBC.prctl(ctypes.c_int(option), *arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends."""
    prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))


def no_new_privileges() -> None:
    """Rule out that this process gains rights by running another program; what follows needs that."""
    nothing = ctypes.c_ulong(0)
    prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), nothing, nothing, nothing)


def give_back_large_buffers() -> None:
    """Have glibc give the kernel each large buffer back when it is freed; another C library is left as it is.

    It would keep the room of buffers as large as the largest that was ever freed: a task would find what the last one
    left, beyond its own limit, and a process would never grow lean again.
    """
    mallopt = getattr(LIBC, "mallopt", None)
    if mallopt is not None:
        mallopt(ctypes.c_int(M_MMAP_THRESHOLD), ctypes.c_int(LARGE_BYTES))
