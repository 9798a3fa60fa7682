"""One engine process as its parent holds it: started by exec, asked by messages, killed where it overruns."""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.sandbox.pool import wire
from service.sandbox.pool.last_words import LastWords

PROGRAM = "service.processes.engine"
ROOT = Path(__file__).resolve().parents[3]
START_S = 120.0
LOOK_S = 0.25
# Between two looks at a process that prints much.
PRINTING_S = 0.02
STOP_S = 5.0
PAGE = os.sysconf("SC_PAGE_SIZE")
OUT_OF_CPU = (-signal.SIGPROF, -signal.SIGXCPU)


class Overrun(Exception):
    """The task took longer than it may, by the clock."""


class Stopped(Exception):
    """Whoever asked for the task wants it no more."""


class Died(Exception):
    """The process ended in the middle of a task; `code` is as subprocess tells it, negative for a signal."""

    def __init__(self, code: int | None, last_words: str = "") -> None:
        super().__init__(f"ended with {code}: {last_words or 'it printed nothing'}")
        self.code = code
        self.told = {"code": code, "last_words": last_words}

    @property
    def out_of_cpu(self) -> bool:
        """Tell whether the kernel ended it for the computing time it used."""
        return self.code in OUT_OF_CPU


class EngineProcess:
    """A process that works one task after another. Not for several threads at once."""

    def __init__(self, folder: Path, memory: int, program: str = PROGRAM) -> None:
        """Start it, with `folder` as the only place that it may write to and `memory` bytes as the most it may hold.

        `program` is its module. The environment is empty; standard input, output and error are pipes, and no other
        descriptor is open.
        """
        folder.mkdir(mode=0o700)
        self.folder = folder
        command = [sys.executable, "-E", "-s", "-m", program, str(folder), str(memory), str(os.getpid())]
        self._process = subprocess.Popen(
            command,
            env={},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            close_fds=True,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._words = LastWords(self._process.stderr.fileno())
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._arrived = bytearray()
        self._deadline = time.monotonic() + START_S
        self._wanted: Callable[[], bool] = lambda: True

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Tell whether it runs."""
        return self._process.poll() is None

    def ready(self) -> Mapping[str, Any]:
        """Wait until it is ready, and return what it says about its confinement. Raises Died, Overrun."""
        message, _ = wire.read_head(self._read)
        return message

    def begin(self, wall_s: float, wanted: Callable[[], bool]) -> None:
        """Give the task that is answered next so long: waiting raises Overrun, and Stopped once `wanted` says no."""
        self._deadline, self._wanted = time.monotonic() + wall_s, wanted

    def send(self, message: bytes, files: Sequence[Path]) -> None:
        """Send a task with its files, which it works after those that were sent before. Raises Died and as `begin`."""
        self._write(message)
        for path in files:
            self._send_file(path)

    def answers(self) -> Iterator[tuple[wire.Head, int]]:
        """Yield the heads that answer the next task, with the size of what `save` is to read.

        Raises Died, BrokenMessage and as `begin`.
        """
        while True:
            answer, size = wire.read_head(self._read)
            yield answer, size
            if "end" in answer or "failure" in answer:
                return

    def save(self, size: int, path: Path) -> None:
        """Read the bytes that the last head announced into a file."""
        wire.save(self._read, size, path)

    def memory(self) -> int:
        """Return the bytes that it holds in memory; 0 where the kernel does not tell."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE
        except (OSError, IndexError, ValueError):
            return 0

    def death(self) -> Died:
        """Return how it ended, and with which last words."""
        try:
            code: int | None = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            code = None
        return Died(code, self._words.told())

    def interrupt(self) -> None:
        """End it from another thread than the one that asked it for a task."""
        self._process.kill()

    def kill(self) -> None:
        """End it at once, whatever it is at, and remove its folder."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _send_file(self, path: Path) -> None:
        with path.open("rb") as file:
            while part := file.read(wire.CHUNK):
                self._write(part)

    def _read(self, size: int) -> bytes:
        """Read exactly so much, from what has arrived as far as it goes."""
        while len(self._arrived) < size:
            try:
                part = os.read(self._out, max(wire.READ_AHEAD, size - len(self._arrived)))
            except BlockingIOError:
                self._wait(self._out, select.POLLIN)
                continue
            if not part:
                raise self.death()
            self._arrived += part
        taken = bytes(self._arrived[:size])
        del self._arrived[:size]
        return taken

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._in, left) :]
            except BlockingIOError:
                self._wait(self._in, select.POLLOUT)
            except BrokenPipeError:
                raise self.death() from None

    def _wait(self, descriptor: int, event: int) -> None:
        """Wait for the pipe, no longer than the task may take. Raises Overrun and Stopped."""
        poll = select.poll()
        poll.register(descriptor, event)
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise Overrun
            look = PRINTING_S if self._words.listen() else LOOK_S
            if poll.poll(min(left, look) * 1000):
                return
            if not self._wanted():
                raise Stopped
