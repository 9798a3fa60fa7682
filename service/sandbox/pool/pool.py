"""The engine processes of one process: lent to one task at a time, replaced where they end."""

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import structlog

from service.errors import Internal, OutputTooLarge, ProviderError, ServiceError, TimedOut
from service.sandbox.job import Job, Product, members
from service.sandbox.pool import answers
from service.sandbox.pool.limits import Pace, TaskLimits, limits_of, most_memory, pace_of
from service.sandbox.pool.process import Died, EngineProcess, Overrun, Stopped
from service.sandbox.pool.wire import BrokenMessage

# One that holds more than this after a task gives it back by ending.
FAT = 900_000_000
# A process that failed so may be broken: half a module loaded, memory lacking.
DOUBTFUL = ("timed_out", "provider_error", "output_too_large", "internal")
PAUSE_S = 1.0
WAIT_S = 100.0
log = structlog.get_logger("engines")
Wanted = Callable[[], bool]
Answer = tuple[dict[str, Any], int]


class PoolClosed(Exception):
    """The pool was closed, or whoever asked for a task wants it no more: nothing is known about the task."""


class EnginePool:
    """Engine processes, started before they are needed. Shared by the threads of a process."""

    def __init__(self, folder: Path, size: int, on_end: Callable[[str], None] = lambda _: None) -> None:
        """Prepare `size` processes; they start with `start`, or with the first task. `folder` is theirs to write to.

        `on_end` is told why a process ended or was ended: overrun, out_of_cpu, died, too_large, broken, stopped, fat.
        """
        self._on_end = on_end
        self._folder = folder
        self._size = size
        self._numbers = count(1)
        # Of one lock: who waits for a process, and who starts those that lack.
        lock = threading.RLock()
        self._change, self._lacking = threading.Condition(lock), threading.Condition(lock)
        self._idle: list[EngineProcess] = []
        self._working: set[EngineProcess] = set()
        self._lent_to = Counter[Pace]()
        self._closed = False
        self._keeper: threading.Thread | None = None
        self._asking = threading.local()

    def start(self) -> None:
        """Start the processes, without waiting for them."""
        with self._change:
            if self._keeper is None and not self._closed:
                # One thread for the pool's life: the kernel kills a process when the thread that started it ends.
                self._keeper = threading.Thread(target=self._keep, name="engines", daemon=True)
                self._keeper.start()

    def close(self) -> None:
        """Kill every process: the tasks in hand raise PoolClosed."""
        with self._change:
            self._closed = True
            for process in (*self._idle, *self._working):
                process.interrupt()
            self._change.notify_all()
            self._lacking.notify_all()
        if self._keeper is not None:
            self._keeper.join(5)
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def while_wanted(self, wanted: Wanted) -> Iterator[None]:
        """Stop this thread's tasks soon after `wanted` says no: they raise PoolClosed."""
        self._asking.wanted = wanted
        try:
            yield
        finally:
            del self._asking.wanted

    def make(self, job: Job, workdir: Path) -> list[Product]:
        """Make the job's items, files into `workdir`.

        Raises the ServiceError that the engine raised, TimedOut and ProviderError where it was ended, PoolClosed, and
        OSError where the disk is full.
        """
        # An engine process has paths of its own for the files.
        references = [{**members(one), "path": None} for one in job.references]
        message = {"do": "make", "job": {**members(job), "references": references}}
        pace = pace_of(job.media, job.count, len(job.prompt))
        return self._ask(message, [one.path for one in job.references], pace, job, workdir)

    def _ask(
        self, message: Mapping[str, Any], files: Sequence[Path], pace: Pace, job: Job, workdir: Path
    ) -> list[Product]:
        """Have a task worked, and return the items that it made, as many as the job counts at most."""
        wanted: Wanted = getattr(self._asking, "wanted", lambda: True)
        limits = limits_of(job.media, job.count)
        process = self._lent(pace, wanted)
        sound = False
        try:
            told = {**message, "limits": limits.json()}
            heads = process.ask(told, files, limits.wall_s, wanted)
            made = self._taken(process, heads, limits, workdir, job.count)
            sound = True
            return made
        except ServiceError as error:
            sound = error.code not in DOUBTFUL
            raise
        finally:
            self._back(process, sound, pace)

    def _taken(
        self, process: EngineProcess, heads: Iterator[Answer], limits: TaskLimits, workdir: Path, most: int
    ) -> list[Product]:
        """Take what a process answers, files into `workdir`. Raises what the task failed with."""
        made: dict[int, Product] = {}
        left = limits.output
        try:
            for head, size in heads:
                if "failure" in head:
                    raise self._failed(head)
                if "end" in head:
                    break
                left -= size
                if left < 0:
                    self._on_end("too_large")
                    raise OutputTooLarge(f"What is made may have {limits.output} bytes at most.")
                product = answers.product(head)
                if product.index in made or product.index >= most:
                    raise BrokenMessage(f"Item {product.index} of {most} is one too many.")
                made[product.index] = product
                if size:
                    path = workdir / f"made-{product.index}"
                    process.save(size, path)
                    made[product.index] = replace(product, path=path)
        except Overrun:
            self._on_end("overrun")
            raise TimedOut(f"The embedded engine did not finish within {limits.wall_s:g} s.") from None
        except Stopped:
            self._on_end("stopped")
            raise PoolClosed from None
        except Died as death:
            raise self._ended(death, limits) from None
        except BrokenMessage as error:
            self._on_end("broken")
            log.error("engine process sent a broken message", pid=process.pid, error=str(error))
            raise ProviderError("The embedded engine answered what can't be used.") from None
        return list(made.values())

    def _failed(self, head: Mapping[str, Any]) -> ServiceError | OSError:
        error = answers.failure(head["failure"])
        if isinstance(error, Internal):
            log.error("embedded engine failed", trace=str(head["failure"].get("trace"))[:20_000])
        return error

    def _ended(self, death: Died, limits: TaskLimits) -> Exception:
        """Return the error for a process that ended within a task."""
        if self._closed:
            return PoolClosed()
        self._on_end("out_of_cpu" if death.out_of_cpu else "died")
        log.warning("engine process ended within a task", **death.told)
        error: ServiceError
        if death.out_of_cpu:
            error = TimedOut(f"The embedded engine needs more than the {limits.cpu_s:g} s of computing this may take.")
        else:
            error = ProviderError("The embedded engine ended while it worked on this: it is too large, or broken.")
        error.permanent = True
        return error

    def _lent(self, pace: Pace, wanted: Wanted) -> EngineProcess:
        """Wait for a process of one's own. Raises PoolClosed."""
        self.start()
        until = monotonic() + WAIT_S
        with self._change:
            while not self._closed and monotonic() < until:
                if self._idle and self._may_have(pace):
                    process = self._idle.pop()
                    if not process.alive:
                        log.warning("engine process ended between tasks", **process.death().told)
                        process.kill()
                        self._lacking.notify_all()
                        continue
                    self._working.add(process)
                    self._lent_to[pace] += 1
                    return process
                self._change.wait(0.5)
                if not wanted():
                    break
        raise PoolClosed

    def _may_have(self, pace: Pace) -> bool:
        """Tell whether a task of this pace leaves a process to those that are faster, where there are enough."""
        slow = self._lent_to[Pace.SLOW]
        if pace is Pace.SLOW and slow >= max(1, self._size - 2):
            return False
        return pace is Pace.QUICK or slow + self._lent_to[Pace.MEDIUM] < max(1, self._size - 1)

    def _back(self, process: EngineProcess, sound: bool, pace: Pace) -> None:
        """Take a process back, or kill it where nobody knows what state it is in."""
        fat = process.memory() > FAT
        if sound and fat:
            self._on_end("fat")
        kept = sound and not fat and process.alive
        if not kept:
            process.kill()
        with self._change:
            self._working.discard(process)
            self._lent_to[pace] -= 1
            if kept and not self._closed:
                self._idle.append(process)
            else:
                self._lacking.notify_all()
            self._change.notify_all()

    def _keep(self) -> None:
        """Start processes until there are as many as wanted, for as long as the pool is open."""
        while True:
            with self._change:
                while not self._closed and len(self._idle) + len(self._working) >= self._size:
                    self._lacking.wait()
                if self._closed:
                    return
                missing = self._size - len(self._idle) - len(self._working)
            try:
                self._start(missing)
            except Exception as error:
                # Nothing may end this thread: without it no process is replaced, and the kernel ends those it started.
                with suppress(Exception):
                    log.error("engine process does not start, trying again", error=repr(error))
                with self._change:
                    self._lacking.wait(PAUSE_S)

    def _start(self, missing: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        started = [EngineProcess(self._folder / str(next(self._numbers)), most_memory()) for _ in range(missing)]
        try:
            while started:
                confinement, process = started[0].ready(), started.pop(0)
                with self._change:
                    self._idle.append(process)
                    if self._closed:
                        process.kill()
                    self._change.notify_all()
                log.info("engine process ready", pid=process.pid, **confinement)
        finally:
            for process in started:
                process.kill()
