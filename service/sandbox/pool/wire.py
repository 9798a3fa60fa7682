"""The messages between a process and its engine processes: a head of JSON, then as many bytes as it announces.

Nothing is unpickled. Whoever reads bounds the head, and the bytes by what is left of a budget.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from struct import Struct
from typing import Any

import orjson

SIZES = Struct(">II")
LONGEST_HEAD = 16 * 1024 * 1024
CHUNK = 1024 * 1024
# What is read of a pipe at once, unless a file is longer.
READ_AHEAD = 65_536
# The code of a failure that is the disk's: the task can be worked once it has room.
DISK_FULL = "disk_full"
Read = Callable[[int], bytes]
Head = dict[str, Any]


class BrokenMessage(Exception):
    """The other side sent what is no message, or a longer one than is taken."""


def head(message: Mapping[str, Any], size: int = 0) -> bytes:
    """Return the message as it is sent, to be followed by `size` bytes."""
    text = orjson.dumps(message)
    return SIZES.pack(len(text), size) + text


def read_head(read: Read, longest: int = LONGEST_HEAD) -> tuple[Head, int]:
    """Read the next message, and how many bytes follow it. Raises BrokenMessage, and what `read` raises."""
    length, size = SIZES.unpack(read(SIZES.size))
    if length > longest:
        raise BrokenMessage(f"A head of {length} bytes is longer than {longest}.")
    try:
        message = orjson.loads(read(length))
    except orjson.JSONDecodeError as error:
        raise BrokenMessage(f"The head is no JSON: {error}") from None
    if not isinstance(message, dict):
        raise BrokenMessage("The head is no JSON object.")
    return message, size


def save(read: Read, size: int, path: Path) -> None:
    """Read `size` bytes into a file."""
    with path.open("wb") as file:
        while size:
            part = read(min(size, CHUNK))
            file.write(part)
            size -= len(part)


def reader(descriptor: int) -> Read:
    """Return a function that reads exactly so many bytes, waiting for them. It raises EOFError at the pipe's end."""

    file = open(descriptor, "rb", buffering=READ_AHEAD, closefd=False)  # noqa: SIM115 — it is read for as long as the process lives

    def read(size: int) -> bytes:
        data = file.read(size)
        if len(data) < size:
            raise EOFError
        return data

    return read


def send(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of it, waiting where the pipe is full."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
