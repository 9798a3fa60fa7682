"""The database: one way to read, one way to write, on SQLite and PostgreSQL alike.

`read()` is a connection in autocommit: each statement sees what is committed. `write(work)` runs `work(connection)`
in one transaction and commits it; where the database was busy or chose another winner it runs `work` again.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, Transaction, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from service.store import postgres, trips
from service.store.private_files import tighten_files
from service.store.turn import BUSY_S, DatabaseBusy, Turn

T = TypeVar("T")
# A connection to SQLite keeps the schema and its statements, 0.4 MB, and of a process's threads one computes at a time.
# Who has waited so long, perhaps for a thread that waits for this one, reads without a place.
READERS, PLACE_S = 8, 1.0
AFTERWARDS = "afterwards"
PASSING_SQLITE_CODES = frozenset(
    (
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    )
)
# Connection exceptions, serialization failures, insufficient resources, an operator's intervention, system errors.
PASSING_POSTGRES_CLASSES = ("08", "40", "53", "55P03", "57", "58")


class Database:
    """One process's connections. Never shared over a fork: each process makes its own."""

    def __init__(self, url: str) -> None:
        """Open lazily; `url` is SQLAlchemy's, with SQLite's file in an existing folder."""
        self.url = url
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        # Both drivers are in autocommit: only writers say BEGIN, see `_writing`.
        self._engine = _sqlite_engine(url) if self.sqlite else postgres.engine(url)
        self._turn = Turn(str(make_url(url).database)) if self.sqlite else None
        self._places = threading.Semaphore(READERS) if self.sqlite else None
        self._inside = threading.local()

    @property
    def engine(self) -> Engine:
        """The engine, for migrations and tests."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection whose statements each see the latest commit."""
        with self._place(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait for a reader's place, unless this thread has one or writes."""
        if self._places is None or getattr(self._inside, "now", False):
            yield
            return
        placed = self._places.acquire(timeout=PLACE_S)
        try:
            with self._within():
                yield
        finally:
            if placed:
                self._places.release()

    @contextmanager
    def read_lazily(self) -> Iterator[Connection]:
        """Open a connection as `read` does, once something is asked of it."""
        connection = _LazyConnection(self.read)
        try:
            yield cast(Connection, connection)
        finally:
            connection.close()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Answer `work`'s result, committed. `work` may run more than once, so it changes nothing but the database.

        Raises DatabaseBusy where another process holds the database for longer than BUSY_S.
        """
        try:
            answer, calls = self._written(work)
        except Exception as error:
            if not _passing(error):
                raise
            answer, calls = _again(self._written, work)
        for call in calls:
            call()
        return answer

    def _written(self, work: Callable[[Connection], T]) -> tuple[T, list[Callable[[], None]]]:
        """Answer `work`'s result, committed, and what is to be done now that it is."""
        with self._writing() as connection:
            calls: list[Callable[[], None]] = []
            connection.info[AFTERWARDS] = calls
            return work(connection), calls

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._turn is None:
            with self._engine.connect() as connection, _sent_together(connection):
                yield connection
            return
        with self._turn.taken(), self._within(), self._engine.connect() as connection, connection.begin():
            trips.ask(connection, [("BEGIN IMMEDIATE", None)])
            yield connection

    @contextmanager
    def _within(self) -> Iterator[None]:
        """Let this thread read without a place: others that have one may wait for it to have written."""
        before, self._inside.now = getattr(self._inside, "now", False), True
        try:
            yield
        finally:
            self._inside.now = before

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()
        if self._turn is not None:
            self._turn.close()


# Asking tenacity takes longer than a short statement: it is, once a transaction met another.
_again = Retrying(
    retry=retry_if_exception(lambda error: _passing(error)),
    wait=wait_random_exponential(multiplier=0.01, max=0.5),
    stop=stop_after_delay(BUSY_S),
    reraise=True,
)


class _LazyConnection:
    """A connection that is opened at its first use."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._read, self._reading = read, ExitStack()
        self._opened: Connection | None = None

    def __getattr__(self, name: str) -> Any:
        if self._opened is None:
            self._opened = self._reading.enter_context(self._read())
        return getattr(self._opened, name)

    def close(self) -> None:
        self._reading.close()


def afterwards(connection: Connection, call: Callable[[], None]) -> None:
    """Have `call` done once the `write` that goes on over `connection` has committed, and only then."""
    connection.info[AFTERWARDS].append(call)


class CommitUncertain(Exception):
    """The connection was lost while committing: perhaps it is done, so it is not done again."""


def unavailable(error: BaseException) -> str | None:
    """Say why the database can't be used now, and may be later; None for an error that trying again won't mend."""
    if isinstance(error, CommitUncertain):
        return "The connection to the database was lost while committing; perhaps it is done."
    if isinstance(error, DatabaseBusy | PoolTimeout):
        return "The database is busy."
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        return _sqlite_reason(error.orig)
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        lost = error.connection_invalidated or (isinstance(error, OperationalError) and not state)
        if lost or state.startswith(PASSING_POSTGRES_CLASSES):
            return "The disk of the database is full." if state == "53100" else "The database can't be reached."
    return None


def _sqlite_reason(error: sqlite3.OperationalError) -> str | None:
    # A disk that is full also shows as a write that failed.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if "locked" in str(error) or "busy" in str(error):
        return "The database is busy."
    if code == sqlite3.SQLITE_FULL:
        return "The disk of the database is full."
    return "The database can't be written." if code in PASSING_SQLITE_CODES else None


@contextmanager
def _sent_together(connection: Connection) -> Iterator[None]:
    """One transaction on PostgreSQL, whose BEGIN and COMMIT make no trips of their own where others are made."""
    info, transaction = connection.info, connection.begin()
    trips.begin(connection)
    try:
        yield
        _commit(connection, transaction)
    finally:
        info.pop(trips.PUT_OFF, None)


def _commit(connection: Connection, transaction: Transaction) -> None:
    try:
        trips.commit(connection)
        transaction.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise CommitUncertain("The connection to the database was lost while committing.") from error
        raise


def _passing(error: BaseException) -> bool:
    """Tell whether the same transaction may succeed at once: a locked file, a deadlock, a dropped connection."""
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return error.connection_invalidated or state in ("40001", "40P01", "57P01", "55P03")
    return False


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        tighten_files(path, f"{path}-wal", f"{path}-shm")
    engine = create_engine(
        url,
        pool_size=READERS + 2,
        max_overflow=-1,
        hide_parameters=True,
        connect_args={"timeout": 5, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def unpooled(url: str) -> Engine:
    """Make an engine that keeps no connection, for a migration beside running processes."""
    if make_url(url).get_backend_name() == "sqlite":
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    place, arguments = postgres.arguments(url)
    return create_engine(place, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
