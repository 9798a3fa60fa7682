"""Migrations: the database brought to this code's tables, by whoever starts first.

One transaction under a lock, so that processes that start together and a start that is killed leave nothing half
done. Source: contract, section 2; design, «Migrations by Alembic under a lock, expand then contract».
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from service.store.database import Database

SCRIPTS = Path(__file__).parent / "migrations"
LOCK_S = 60.0
# Any number that no other program on the same PostgreSQL server is likely to choose.
ADVISORY_LOCK = 0x6E68_6F6F_6B00


class UnknownRevision(RuntimeError):
    """The database was made by a newer Genhook than this one."""


def migrate(url: str) -> None:
    """Bring the database at `url` (SQLAlchemy's form) to the newest tables; nothing to do is no work.

    Raises UnknownRevision, and TimeoutError where somebody else migrates for more than a minute.
    """
    database = Database(url)
    try:
        if revision(database) != head():
            with _alone(database):
                database.write(_upgrade)
    finally:
        database.close()


def revision(database: Database) -> str | None:
    """The revision the database is at; None for one without tables."""
    with database.read() as db:
        return MigrationContext.configure(db).get_current_revision()


def head() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def compared(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a new revision looks at it: what search is built on stands in a migration of each database's own."""
    searched = (name or "").startswith("creation_words") if kind == "table" else name == "ix_creations_words"
    return not searched


def _upgrade(db: Connection) -> None:
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
    try:
        command.upgrade(_config(db), "head")
    except CommandError as error:
        raise UnknownRevision(
            f"This database was made by a newer Genhook ({error}). Start that version, or restore a backup."
        ) from None


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """SQLite's own lock is held by the transaction; the file beside it also covers the switch to WAL."""
    path = make_url(database.url).database
    if not database.sqlite or not path:
        yield
        return
    with FileLock(f"{path}.migrating", timeout=LOCK_S):
        yield


def _config(db: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    return config
