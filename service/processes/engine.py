"""An engine process: works the embedded engine's tasks one at a time, as `service.sandbox.pool` asks over its pipes.

It is started with an empty environment and confines itself before it loads anything that reads callers' media.
"""

import faulthandler
import importlib
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.processes.confinement import confine
from service.sandbox.job import Product, members
from service.sandbox.pool import failures, wire

# What most tasks need, loaded before the first one.
AHEAD = ("service.sandbox.text", "service.sandbox.image")
# Heads of tasks: the longest is a chat's history.
LONGEST_TASK = 64 * 1024 * 1024
# For what tells of a task that used up its memory.
SPARE = 64_000_000
BUFFER = memoryview(bytearray(wire.CHUNK))


def main() -> None:
    """Confine this process, then work until the parent closes the pipe."""
    folder, memory, parent = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    asked, answers = _pipes()
    os.environ.update(HOME=str(folder), TMPDIR=str(folder))
    tempfile.tempdir = str(folder)
    confinement = confine(folder, memory + SPARE, parent)
    os.chdir(folder)
    for module in AHEAD:
        importlib.import_module(module).prepare()
    wire.send(answers, wire.head(confinement))
    read = wire.reader(asked)
    while True:
        try:
            message, _ = wire.read_head(read, LONGEST_TASK)
        except EOFError:
            return
        _work(message, read, answers, folder)


def _pipes() -> tuple[int, int]:
    """Move the pipes away from standard input and output, so that nothing that prints is taken for an answer.

    Whatever is printed goes where errors go: the parent logs the end of it where this process dies.
    """
    asked, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    os.close(nowhere)
    faulthandler.enable()
    # Out of computing time: say where, then end by the signal.
    faulthandler.register(signal.SIGPROF, chain=True)
    os.closerange(max(asked, answers) + 1, 256)
    return asked, answers


def _work(message: Mapping[str, Any], read: wire.Read, answers: int, folder: Path) -> None:
    """Work one task within its limits, in a folder of its own, and send what came of it.

    Ends this process where the folder can't be emptied: the next caller's task must not find this one's files.
    """
    place = folder / "task"
    # What has no file goes with the end, in one write.
    told = b""
    try:
        if not place.is_dir():
            place.mkdir()
        files = _received(message["files"], read, place)
        _begin(message["limits"])
        for product in _perform(message, files, place):
            told += _head(product)
            if product.path is not None:
                wire.send(answers, told)
                told = b""
                _send_file(product.path, answers)
        last: dict[str, Any] = {"end": True}
    except Exception as error:
        _lift()
        last = failures.told(error)
    _lift()
    left = _empty(place)
    wire.send(answers, told + wire.head(last))
    if left:
        sys.exit(f"The files of a task can't be removed: {left!r}")


def _empty(place: Path) -> OSError | None:
    """Remove a task's folder; return the error where that fails."""
    try:
        # A text leaves nothing there, and a folder costs as much as the text.
        if place.is_dir() and any(place.iterdir()):
            shutil.rmtree(place)
    except OSError as error:
        return error
    return None


def _begin(limits: Mapping[str, Any]) -> None:
    """Have the kernel end this process once it has computed for so long, and refuse it more memory than that."""
    signal.setitimer(signal.ITIMER_PROF, limits["cpu_s"])
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits["memory"], hard), hard))


def _lift() -> None:
    """Lift the limits of a task that has ended: what tells of it and cleans up after it needs some of both."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def _received(sizes: Sequence[int], read: wire.Read, place: Path) -> list[Path]:
    paths = [place / f"given-{number}" for number in range(len(sizes))]
    for size, path in zip(sizes, paths, strict=True):
        wire.save(read, size, path)
    return paths


def _perform(message: Mapping[str, Any], files: Sequence[Path], place: Path) -> Iterator[Product]:
    """Do what is asked: the task's module is named by what it does."""
    tasks = importlib.import_module("service.sandbox.tasks")
    task = tasks.TASKS[message["do"]]
    yield from task(message, files, place)


def _head(product: Product) -> bytes:
    size = product.path.stat().st_size if product.path is not None else 0
    told = {name: value for name, value in members(product).items() if name != "path"}
    return wire.head({"product": told}, size)


def _send_file(path: Path, answers: int) -> None:
    # Into memory held already: where more is refused, the bytes that were announced would never come.
    with path.open("rb", buffering=0) as file:
        while part := file.readinto(BUFFER):
            wire.send(answers, BUFFER[:part])
    path.unlink()


if __name__ == "__main__":
    main()
