"""Trips to the server: what a transaction writes goes to PostgreSQL with the next statement whose rows are asked for.

A trip costs more than most statements do. BEGIN, statements whose result nobody reads, and COMMIT are therefore put off
and sent together, in their order, by the driver's pipeline. SQLite has no server: there each is carried out at once.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

PUT_OFF = "put off"
BEGIN, COMMIT = ("BEGIN", None), ("COMMIT", None)
Asked = tuple[str, Any]


class Numbered(str):
    """A statement in the server's own words, its parameters `$1`, `$2`, …: sent as it is.

    psycopg looks for its own `%s` in each statement of more than 50 parameters anew, at a third of an accept's time.
    """

    __slots__ = ()


def begin(db: Connection) -> None:
    """Begin a transaction with the first trip that there is a need for."""
    db.info[PUT_OFF] = [BEGIN]


def put_off(db: Connection, text: str, given: Any) -> None:
    """Have it carried out before the next statement that is asked, and by the commit at the latest."""
    waiting = db.info.get(PUT_OFF)
    if waiting is None:
        ask(db, [(text, given)])
    else:
        waiting.append((text, given))


def put_off_each(db: Connection, text: str, rows: Sequence[Any]) -> None:
    """Have it carried out as `put_off` does, once with each of these."""
    if db.dialect.name != "sqlite":
        for given in rows:
            put_off(db, text, given)
    elif rows:
        driver: Any = db.connection.dbapi_connection
        try:
            driver.executemany(text, rows)
        except db.dialect.loaded_dbapi.Error as error:
            _raise(db, [(text, rows[0])], error)


def ask(db: Connection, asked: Sequence[Asked]) -> list[Any]:
    """Carry out what was put off and then these, in one trip; their cursors. Raises what SQLAlchemy raises."""
    waiting = db.info.get(PUT_OFF) or []
    asked_together = [*waiting, *asked]
    waiting.clear()
    try:
        return _carried_out(db, asked_together)[len(asked_together) - len(asked) :]
    except db.dialect.loaded_dbapi.Error as error:
        _raise(db, asked_together, error)


def commit(db: Connection) -> None:
    """Commit with what is put off, where anything was sent or is to be."""
    waiting = db.info.get(PUT_OFF)
    if waiting and waiting != [BEGIN]:
        ask(db, [COMMIT])


def _carried_out(db: Connection, asked: Sequence[Asked]) -> list[Any]:
    driver: Any = db.connection.dbapi_connection
    if db.dialect.name == "sqlite" or (len(asked) <= 1 and not any(isinstance(text, Numbered) for text, _ in asked)):
        return [driver.execute(text, given) if given is not None else driver.execute(text) for text, given in asked]
    raw = db.dialect.loaded_dbapi.RawCursor
    with driver.pipeline():
        return [
            raw(driver).execute(text, given)
            if isinstance(text, Numbered)
            else driver.execute(text, given, prepare=None if given is not None else False)
            for text, given in asked
        ]


def _raise(db: Connection, asked: Sequence[Asked], error: Exception) -> NoReturn:
    """Raise the driver's error as SQLAlchemy does, and give up a connection that was lost."""
    base = db.dialect.loaded_dbapi.Error
    lost = db.dialect.is_disconnect(error, db.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if lost:
        db.invalidate(error)
    text, given = "; ".join(text for text, _ in asked), asked[-1][1]
    raise DBAPIError.instance(text, given, error, base, connection_invalidated=lost, dialect=db.dialect) from error
