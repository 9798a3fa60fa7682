"""Group commit: the accepts of one process that arrive together share one transaction, and one INSERT a table.

One fsync serves them all. A work that is refused writes nothing, by its own order of statements; where anything else
goes wrong the whole group is rolled back and each is done again alone, so no caller pays for a neighbour's fault.
Source: design, «The life of a run», 1.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection

from service.errors import ServiceError
from service.runs.batch import Batch
from service.store.database import Database

T = TypeVar("T")
GROUP = 64


Work = Callable[[Connection, Batch], Any]


class Committer:
    """One writer thread a process, started at its first work."""

    def __init__(self, database: Database, ring: Callable[[str], None]) -> None:
        """`database` is where it commits, `ring` is told the lanes that have work then."""
        self._database = database
        self._ring = ring
        self._works: queue.SimpleQueue[tuple[Work, Future[Any]]] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def commit(self, work: Callable[[Connection, Batch], T]) -> T:
        """`work`'s answer once it is committed. A ServiceError it raises before its first write reaches the caller."""
        future: Future[T] = Future()
        self._works.put((work, future))
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
            group = [self._works.get()]
            while len(group) < GROUP:
                try:
                    group.append(self._works.get_nowait())
                except queue.Empty:
                    break
            self._commit_group(group)

    def _commit_group(self, group: list[tuple[Work, Future[Any]]]) -> None:
        try:
            answers, lanes = self._database.write(lambda db: _together(db, [work for work, _ in group]))
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


def _together(db: Connection, works: list[Work]) -> tuple[list[Any], set[str]]:
    batch = Batch()
    answers = [_answer(work, db, batch) for work in works]
    batch.enter(db)
    return answers, batch.lanes


def _answer(work: Work, db: Connection, batch: Batch) -> Any:
    try:
        return work(db, batch)
    except ServiceError as refusal:
        return refusal
