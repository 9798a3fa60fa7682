"""Serving together what arrives together: one trip, or one flush to the disk, for all that wait for it now.

Where a group fails each is served again alone, so that no caller pays for a neighbour's fault; but what perhaps is done
is never done again.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

import structlog

from service.store.database import CommitUncertain
from service.telemetry.threads import SupervisedThread

Item = TypeVar("Item")
Answer = TypeVar("Answer")
MOST = 64
log = structlog.get_logger("together")
Group = list[tuple[Item, Future[Answer]]]


class MicroBatcher(Generic[Item, Answer]):
    """One thread a process, started at the first item."""

    def __init__(self, name: str, serve: Callable[[Group[Item, Answer]], None]) -> None:
        """`serve` answers every future of a group of at most MOST, or raises with none answered."""
        self._name = name
        self._serve = serve
        # None ends the thread.
        self._waiting: queue.SimpleQueue[tuple[Item, Future[Answer]] | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, item: Item) -> Answer:
        """Its answer, once its group is served. Raises what it was answered with."""
        future: Future[Answer] = Future()
        self._waiting.put((item, future))
        if self._thread is None or not self._thread.is_alive():
            self._ensure_running()
        return future.result()

    def close(self) -> None:
        """End the thread once those that wait now are served; an item that comes later starts another."""
        self._waiting.put(None)

    def _ensure_running(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = SupervisedThread(self._name, self._run)
                self._thread.start()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            self._answer([first, *self._already_waiting()])

    def _answer(self, group: Group[Item, Answer]) -> None:
        """Serve a group; whoever waits is answered, whatever comes of it."""
        try:
            self._serve(group)
        except BaseException as error:
            left = [one for one in group if not one[1].done()]
            # What perhaps is done is not done again.
            if len(group) > 1 and isinstance(error, Exception) and not isinstance(error, CommitUncertain):
                for single in left:
                    self._answer([single])
                return
            if not left or not isinstance(error, Exception):
                log.exception("a group failed", group=self._name)
            for _, future in left:
                future.set_exception(error)

    def _already_waiting(self) -> Group[Item, Answer]:
        """Take what waits beside a first item, MOST with it at most."""
        group: Group[Item, Answer] = []
        while len(group) < MOST - 1:
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                break
            if item is None:
                self.close()
                break
            group.append(item)
        return group
