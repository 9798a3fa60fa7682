"""Tasks that are asked for together: sent ahead to one process, which works them one after another.

A text takes less than the way to the process and back: sent ahead, the next one is there when the last is done. A task
that ends its process takes no other with it: what was sent and not begun is sent to another process.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from service.errors import ServiceError
from service.sandbox.job import Product
from service.sandbox.pool.process import Died, EngineProcess, Overrun, Stopped
from service.sandbox.pool.task import DOUBTFUL, Ending, EngineTask, PoolClosed

# Bytes of tasks that wait in a process's pipe, which holds twice as much: sending never waits for it to work.
AHEAD = 32 * 1024


class Asking:
    """Several tasks in hand. What is left when its `with` ends is not worked."""

    def __init__(
        self,
        tasks: Sequence[EngineTask],
        lend: Callable[[bool], EngineProcess | None],
        give_back: Callable[[EngineProcess, bool], None],
        ending: Ending,
    ) -> None:
        """`lend` gives a process, waiting for one where it is told to; `give_back` takes whether it is as it was."""
        self._waiting = deque((task, task.message()) for task in tasks)
        self._lend, self._give_back, self._ending = lend, give_back, ending
        # Sent to the process and not answered yet.
        self._sent: deque[tuple[EngineTask, bytes]] = deque()
        self._ahead = 0
        self._process: EngineProcess | None = None

    def __enter__(self) -> "Asking":
        """Send as much as there is room for, where a process is idle."""
        if self._waiting and (process := self._lend(False)) is not None:
            self._process = process
            with suppress(Died, Overrun, Stopped):
                # Whoever waits for the first answer is told.
                self._send(process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the process go; one that still works is ended."""
        self._let_go(sound=not self._sent)

    @property
    def left(self) -> bool:
        """Tell whether there is a task that was not answered."""
        return bool(self._sent or self._waiting)

    def stop(self) -> None:
        """Send no more; what was sent is answered still."""
        self._waiting.clear()

    def answer(self) -> list[Product]:
        """Wait for the next task, in their order, and return what it made.

        Raises the ServiceError that the engine raised, TimedOut and ProviderError where the process was ended,
        PoolClosed, and OSError where the disk is full.
        """
        sound = False
        try:
            process = self._process = self._process or self._lend(True)
            if process is None:
                raise PoolClosed
            task, _ = (self._sent or self._waiting)[0]
            with task.failures(process, self._ending):
                self._send(process)
                process.begin(task.limits.wall_s, task.wanted)
                made = task.taken(process, self._ending)
            sound = True
            return made
        except ServiceError as error:
            sound = error.code not in DOUBTFUL
            raise
        finally:
            _, message = (self._sent or self._waiting).popleft()
            self._ahead -= min(len(message), self._ahead)
            if not sound:
                self._let_go(sound=False)

    def _send(self, process: EngineProcess) -> None:
        """Send what there is room for, the first at least; files go with a task that is alone."""
        while self._waiting:
            task, message = self._waiting[0]
            if self._sent and (task.job.references or self._ahead + len(message) > AHEAD):
                return
            if not self._sent:
                process.begin(task.limits.wall_s, task.wanted)
            self._sent.append(self._waiting.popleft())
            self._ahead += len(message)
            process.send(message, task.files)

    def _let_go(self, *, sound: bool) -> None:
        """Let the process go, and have another work what it was sent and had not begun."""
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        self._ahead = 0
        if self._process is not None:
            process, self._process = self._process, None
            self._give_back(process, sound)
