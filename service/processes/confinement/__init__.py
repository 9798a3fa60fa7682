"""Confinement of an engine process: what it may reach is given up before it reads anything that callers sent.

Linux only, and each part where the kernel has it; the process says which held (see `docs/security.md`).
"""

import contextlib
import os
import resource
import sys
from pathlib import Path
from typing import Any

from service.config.process import give_back_large_buffers

OPEN_FILES = 256
LARGEST_FILE = 2_000_000_000
# Reservations of address space that are never filled: thread stacks, arenas, networks.
ADDRESS_SPACE = 8_000_000_000
# A task's memory is bounded: what the last one left may not count for the next.
LARGE_BUFFER = 131_072


def confine(folder: Path, memory: int, parent: int) -> dict[str, Any]:
    """Give up everything but `folder` and `memory` bytes; return which parts of it the kernel has.

    The process ends with `parent`, and at once where that has ended already.
    """
    os.umask(0o077)
    _limit(memory)
    if sys.platform != "linux":
        return {"namespaces": False, "landlock": 0, "seccomp": False}
    from service.processes.confinement import landlock, namespaces, seccomp
    from service.processes.confinement.libc import die_with_parent, no_new_privileges

    die_with_parent()
    if os.getppid() != parent:
        sys.exit(0)
    no_new_privileges()
    give_back_large_buffers(LARGE_BUFFER)
    return {
        "namespaces": namespaces.leave(),
        "landlock": landlock.restrict(folder),
        "seccomp": seccomp.install(),
    }


def _limit(memory: int) -> None:
    """Bound what this process can hold and write, for good. A limit that the system does not have is left out."""
    for name, most in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NOFILE", OPEN_FILES),
        ("RLIMIT_FSIZE", LARGEST_FILE),
        ("RLIMIT_DATA", memory),
        ("RLIMIT_AS", memory + ADDRESS_SPACE),
    ):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))
