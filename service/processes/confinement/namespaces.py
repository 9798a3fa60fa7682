"""Namespaces of this process's own: of users, so that it has no rights outside, and of networks, which is empty."""

import contextlib
import ctypes
import os

from service.processes.confinement.libc import LIBC

CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000


def leave() -> bool:
    """Move into them; return whether the kernel let this process. Many containers do not."""
    for wanted in (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC, CLONE_NEWNET | CLONE_NEWIPC):
        user, group = os.getuid(), os.getgid()
        if LIBC.unshare(ctypes.c_int(wanted)) == 0:
            if wanted & CLONE_NEWUSER:
                _stay(user, group)
            return True
    return False


def _stay(user: int, group: int) -> None:
    """Keep this process's own ids in its namespace: what it writes stays its own."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 — one write, unbuffered names
            file.write(text)
