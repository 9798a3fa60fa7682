"""Landlock: this process reads its programs and libraries, writes to its own folder, and reaches nothing else.

https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from struct import pack

from service.processes.confinement.libc import syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
# All rights by the version of the kernel's interface that brought them: 13 at first, then move, truncate, devices.
ALL_RIGHTS = {1: 1 << 13, 2: 1 << 14, 3: 1 << 15, 5: 1 << 16}
NETWORK_FROM, SCOPES_FROM = 4, 6
NETWORK, SCOPES = 0b11, 0b11
READ, READ_ONE = EXECUTE | READ_FILE | READ_DIR, READ_FILE
SERVICE = Path(__file__).resolve().parents[2]
SHARED = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache")
FACTS = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu", "/sys/fs/cgroup")
DEVICES = ("/dev/null", "/dev/urandom", "/dev/zero")


def restrict(folder: Path) -> int:
    """Restrict this process for good; return the version of the kernel's interface, 0 where it has none."""
    try:
        version = syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))
    except OSError:
        return 0
    rights = ALL_RIGHTS[max(known for known in ALL_RIGHTS if known <= version)] - 1
    ruleset = _ruleset(version, rights)
    try:
        for path in _readable():
            _allow(ruleset, path, READ if Path(path).is_dir() else READ_ONE)
        for path in DEVICES:
            _allow(ruleset, path, READ_FILE | WRITE_FILE)
        _allow(ruleset, str(folder), rights & ~EXECUTE)
        syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return version


def _ruleset(version: int, rights: int) -> int:
    """Return a descriptor of rules that forbid everything the kernel can forbid."""
    attributes = pack("Q", rights)
    if version >= NETWORK_FROM:
        attributes += pack("Q", NETWORK)
    if version >= SCOPES_FROM:
        attributes += pack("Q", SCOPES)
    return syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))


def _readable() -> Iterator[str]:
    """Yield where programs and libraries lie: never the whole of a checkout, which may hold the data dir."""
    yield str(SERVICE)
    yield from {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    yield from site.getsitepackages()
    yield from (path for path in sys.path if path.endswith((".zip", "lib-dynload")))
    yield from (*SHARED, *FACTS)


def _allow(ruleset: int, path: str, rights: int) -> None:
    """Allow `rights` below a path; one that is not there needs none."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = pack("=Qi", rights, place)
        syscall(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(place)
