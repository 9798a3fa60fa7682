"""Disks that are full: told from other failures, and noticed before they are.

A disk is taken as full while it has less than LEAST_FREE, and while a small file can't be written (a quota).
"""

import errno
import os
import tempfile
from pathlib import Path

from service.config.data_dir import FULL

LEAST_FREE = 8 * 1024 * 1024
PROBE = b"\0" * 65536
REASON = "The disk is full."


def full(error: BaseException) -> str | None:
    """Say that `error` is one of a full or read-only disk; None where it is anything else."""
    if isinstance(error, OSError) and error.errno in FULL:
        return REASON
    if isinstance(error, OSError) and error.errno == errno.EROFS:
        return "The disk can't be written."
    # Object storage words the same in an error of its own.
    return REASON if type(error).__module__.startswith("obstore") and os.strerror(errno.ENOSPC) in str(error) else None


def writable(folder: Path) -> bool:
    """Tell whether `folder` takes files now."""
    try:
        places = os.statvfs(folder)
        if places.f_bavail * places.f_frsize < LEAST_FREE:
            return False
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(PROBE)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True
