"""Seccomp: the kernel refuses this process sockets, programs, other processes, and what only attackers ask for.

A list of what is refused, rather than of what is allowed: the libraries that decode media use much of the kernel, and
differently in each version. The numbers are in `syscalls.json`.
"""

import ctypes
import errno
import json
import os
import platform
from pathlib import Path
from struct import pack
from typing import Any

from service.processes.confinement.libc import prctl

PR_SET_SECCOMP, MODE_FILTER = 22, 2
LOAD, JUMP_EQUAL, JUMP_SET, JUMP_FROM, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
CLONE_THREAD = 0x00010000
# Numbers from here on are those of x32, a second set on x86_64.
SECOND_SET = 0x40000000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install() -> bool:
    """Have the kernel refuse them from now on; return whether it does."""
    known: dict[str, Any] = json.loads(Path(__file__).with_name("syscalls.json").read_text("utf-8"))
    rules = known.get(platform.machine())
    if rules is None:
        return False
    code = b"".join(_instructions(rules))
    program = _Program(len(code) // 8, code)
    try:
        prctl(PR_SET_SECCOMP, ctypes.c_ulong(MODE_FILTER), ctypes.byref(program))
    except OSError:
        return False
    return True


def _instructions(rules: dict[str, Any]) -> list[bytes]:
    """Return the filter: each call is looked up in turn, and what is not listed is allowed."""
    refuse, unknown = _answer(ERROR | errno.EPERM), _answer(ERROR | errno.ENOSYS)
    allow = _answer(ALLOW)
    code = [_load(ARCHITECTURE), _step(JUMP_EQUAL, 1, 0, rules["architecture"]), _answer(KILL)]
    code += [_load(NUMBER), _step(JUMP_FROM, 0, 1, SECOND_SET), refuse]
    for number in rules["refused"].values():
        code += [_step(JUMP_EQUAL, 0, 1, number), refuse]
    for number in rules["not_known"].values():
        code += [_step(JUMP_EQUAL, 0, 1, number), unknown]
    for number in rules["threads_only"].values():
        code += _judged(number, _step(JUMP_SET, 0, 1, CLONE_THREAD))
    for number in rules["itself_only"].values():
        code += _judged(number, _step(JUMP_EQUAL, 0, 1, os.getpid()))
    for number in rules["zero_only"].values():
        code += _judged(number, _step(JUMP_EQUAL, 0, 1, 0))
    return [*code, allow]


def _judged(number: int, right: bytes) -> list[bytes]:
    """Return what allows a call where its first argument is `right`, and refuses it otherwise."""
    return [
        _step(JUMP_EQUAL, 0, 4, number),
        _load(FIRST_ARGUMENT),
        right,
        _answer(ALLOW),
        _answer(ERROR | errno.EPERM),
    ]


def _step(code: int, if_true: int, if_false: int, value: int) -> bytes:
    return pack("HBBI", code, if_true, if_false, value)


def _load(offset: int) -> bytes:
    return _step(LOAD, 0, 0, offset)


def _answer(value: int) -> bytes:
    return _step(RETURN, 0, 0, value)
