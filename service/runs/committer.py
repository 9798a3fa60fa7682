"""Group commit: the accepts of one process that arrive together share one transaction, and one INSERT a table.

One fsync serves them all. One that is refused writes nothing, by its own order of statements; where anything else
goes wrong the whole group is rolled back and each is done again alone, so no caller pays for a neighbour's fault.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection

from service.errors import ServiceError
from service.runs.batch import Batch
from service.store.database import Database
from service.store.micro_batcher import Group, MicroBatcher

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Committer(Generic[Item, Answer]):
    """One writer a web process."""

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
        self._together: MicroBatcher[Item, Answer] = MicroBatcher("committer", self._commit_group)

    def close(self) -> None:
        """End the thread that commits."""
        self._together.close()

    def commit(self, item: Item) -> Answer:
        """Its answer once it is committed. The ServiceError that it was refused with reaches the caller."""
        return self._together.ask(item)

    def _commit_group(self, group: Group[Item, Answer]) -> None:
        answers, lanes = self._database.write(lambda db: self._entered(db, [item for item, _ in group]))
        for (_, future), answer in zip(group, answers, strict=True):
            if isinstance(answer, ServiceError):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        for lane in lanes:
            self._ring(lane)

    def _entered(self, db: Connection, items: Sequence[Item]) -> tuple[Sequence[Answer | ServiceError], set[str]]:
        batch = Batch()
        answers = self._enter(db, batch, items)
        batch.enter(db)
        return answers, batch.lanes
