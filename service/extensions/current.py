"""The extensions as this process knows them: one immutable value, swapped whole where the database has a newer one."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from service import catalog
from service.definitions import Definitions
from service.extensions import book
from service.extensions.snapshot import Snapshot, build
from service.store.database import Database
from service.telemetry.threads import SupervisedThread

# A change is to be everywhere within 10 s.
LOOK_S = 2.0
Source = TypeVar("Source")
Made = TypeVar("Made")
log = structlog.get_logger("extensions")


class Extensions:
    """Keeps the snapshot. One a process."""

    def __init__(self, database: Database, definitions: Definitions) -> None:
        """`definitions` are the built-in ones; nothing is read yet."""
        self._database = database
        self._base = definitions
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: SupervisedThread | None = None
        # The latest one that was read.
        self.snapshot = Snapshot(0, definitions, catalog.load())

    def refresh(self) -> None:
        """Read what was added or removed since; requests and steps in hand keep what they began with."""
        with self._lock, self._database.read() as db:
            revision = book.revision(db)
            if revision != self.snapshot.revision:
                self.snapshot = build(self._base, revision, book.active(db), book.ids(db))
                log.info("extensions taken up", revision=revision)

    def watch(self) -> None:
        """Refresh every 2 s, in a thread, until closed."""
        self._thread = SupervisedThread("extensions", self._refresh_until_closed, self._stopping)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(LOOK_S)

    def _refresh_until_closed(self) -> None:
        failing = False
        while not self._stopping.wait(LOOK_S):
            try:
                self.refresh()
                failing = False
            except Exception as error:
                if not failing:
                    log.warning("extensions not looked at, serving those known", error=str(error))
                failing = True


class Derived(Generic[Source, Made]):
    """A value made from another one, and made anew once that was swapped."""

    def __init__(self, read: Callable[[], Source], make: Callable[[Source], Made], at_once: bool = True) -> None:
        """Make it at once, so that what can't be made is refused at the start; or when it is first asked for."""
        self._read, self._make = read, make
        self._kept: tuple[Source, Made] | None = None
        if at_once:
            self()

    def __call__(self) -> Made:
        """The value for what the source is now."""
        source, kept = self._read(), self._kept
        if kept is None or kept[0] is not source:
            kept = self._kept = (source, self._make(source))
        return kept[1]
