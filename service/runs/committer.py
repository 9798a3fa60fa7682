"""Group commit: the accepts of one process that arrive together share one transaction, and one INSERT a table.

One fsync serves them all. One that is refused writes nothing, by its own order of statements; where anything else
goes wrong the whole group is rolled back and each is done again alone, so no caller pays for a neighbour's fault.
Source: design, «The life of a run», 1.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from sqlalchemy import Connection

from service.errors import ServiceError
from service.runs.batch import Batch
from service.store.database import Database

Item = TypeVar("Item")
Answer = TypeVar("Answer")
GROUP = 64


class Committer(Generic[Item, Answer]):
    """One writer thread a process, started at its first work."""

    def __init__(
        self,
        database: Database,
        enter: Callable[[Connection, Batch, Sequence[Item]], Sequence[Answer | ServiceError]],
        ring: Callable[[str], None],
    ) -> None:
        """`database` is where it commits what `enter` made of a group; `ring` is told the lanes that have work then."""
        self._database = database
        self._enter = enter
        self._ring = ring
        self._waiting: queue.SimpleQueue[tuple[Item, Future[Answer]]] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def commit(self, item: Item) -> Answer:
        """Its answer once it is committed. The ServiceError that it was refused with reaches the caller."""
        future: Future[Answer] = Future()
        self._waiting.put((item, future))
        self._ensure_running()
        return future.result()

    def _ensure_running(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            group = [self._waiting.get()]
            while len(group) < GROUP:
                try:
                    group.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            self._commit_group(group)

    def _commit_group(self, group: list[tuple[Item, Future[Answer]]]) -> None:
        try:
            answers, lanes = self._database.write(lambda db: self._together(db, [item for item, _ in group]))
        except Exception as error:
            if len(group) == 1:
                group[0][1].set_exception(error)
                return
            for single in group:
                self._commit_group([single])
            return
        for (_, future), answer in zip(group, answers, strict=True):
            if isinstance(answer, ServiceError):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        for lane in lanes:
            self._ring(lane)

    def _together(self, db: Connection, items: Sequence[Item]) -> tuple[Sequence[Answer | ServiceError], set[str]]:
        batch = Batch()
        answers = self._enter(db, batch, items)
        batch.enter(db)
        return answers, batch.lanes
