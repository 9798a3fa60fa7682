"""Group commit: the accepts of one process that arrive together share one transaction.

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
from service.store.database import Database

T = TypeVar("T")
Work = Callable[[Connection], Any]
GROUP = 64


class Committer:
    """One writer thread a process, started at its first work."""

    def __init__(self, database: Database) -> None:
        """`database` is where it commits."""
        self._database = database
        self._works: queue.SimpleQueue[tuple[Work, Future[Any]]] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def commit(self, work: Callable[[Connection], T]) -> T:
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
            answers = self._database.write(lambda db: [_answer(work, db) for work, _ in group])
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


def _answer(work: Work, db: Connection) -> Any:
    try:
        return work(db)
    except ServiceError as refusal:
        return refusal
