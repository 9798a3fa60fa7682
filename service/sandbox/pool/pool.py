"""The engine processes of one process: lent to one task at a time, replaced where they end."""

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from time import monotonic

import structlog

from service.sandbox.job import Job, Product
from service.sandbox.pool.asking import Asking
from service.sandbox.pool.limits import Pace, limits_of, most_memory, pace_of
from service.sandbox.pool.process import PROGRAM, EngineProcess
from service.sandbox.pool.task import EngineTask, PoolClosed, Wanted

# One that holds more than this after a task gives it back by ending.
FAT = 900_000_000
PAUSE_S = 1.0
WAIT_S = 100.0
log = structlog.get_logger("engines")


class EnginePool:
    """Engine processes, started before they are needed. Shared by the threads of a process."""

    def __init__(
        self, folder: Path, size: int, on_end: Callable[[str], None] = lambda _: None, program: str = PROGRAM
    ) -> None:
        """Prepare `size` processes; they start with `start`, or with the first task. `folder` is theirs to write to.

        `on_end` is told why a process ended or was ended: overrun, out_of_cpu, died, too_large, broken, stopped, fat.
        `program` is the module that each runs.
        """
        self._on_end = on_end
        self._program = program
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
        wanted: Wanted = getattr(self._asking, "wanted", lambda: True)
        task = EngineTask(job, limits_of(job.media, job.count), wanted, workdir)
        with self._asked([task], pace_of(job.media, job.count, len(job.prompt))) as asking:
            return asking.answer()

    def ask(self, jobs: Sequence[tuple[Job, Wanted]]) -> Asking:
        """Ask for quick jobs that make no files, all at once; each is stopped soon after its `Wanted` says no."""
        tasks = [EngineTask(job, limits_of(job.media, job.count), wanted, None) for job, wanted in jobs]
        return self._asked(tasks, Pace.QUICK)

    def _asked(self, tasks: Sequence[EngineTask], pace: Pace) -> Asking:
        def lend(waiting: bool) -> EngineProcess | None:
            return self._lent(pace, tasks[0].wanted) if waiting else self._idle_for(pace)

        return Asking(tasks, lend, lambda process, sound: self._back(process, sound, pace), self._ending)

    def _ending(self, reason: str) -> None:
        """Count why a process ended or is to be ended. Raises PoolClosed where the pool itself ended it."""
        if self._closed:
            raise PoolClosed
        self._on_end(reason)

    def _lent(self, pace: Pace, wanted: Wanted) -> EngineProcess:
        """Wait for a process of one's own. Raises PoolClosed."""
        self.start()
        until = monotonic() + WAIT_S
        with self._change:
            while not self._closed and monotonic() < until:
                if (process := self._idle_for(pace)) is not None:
                    return process
                self._change.wait(0.5)
                if not wanted():
                    break
        raise PoolClosed

    def _idle_for(self, pace: Pace) -> EngineProcess | None:
        """Lend an idle process to a task of this pace; None where none is, or none is left for that pace."""
        with self._change:
            while self._idle and self._may_have(pace):
                process = self._idle.pop()
                if process.alive:
                    self._working.add(process)
                    self._lent_to[pace] += 1
                    return process
                log.warning("engine process ended between tasks", **process.death().told)
                process.kill()
                self._lacking.notify_all()
        return None

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
        folders = [self._folder / str(next(self._numbers)) for _ in range(missing)]
        started = [EngineProcess(folder, most_memory(), self._program) for folder in folders]
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
