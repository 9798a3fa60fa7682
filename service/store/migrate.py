"""Migrations: the database brought to this code's tables, by whoever starts first.

One transaction under a lock, so that processes that start together and a start that is killed leave nothing half
done. A process that doesn't migrate waits until another has. Migrations expand first and contract a version later, so
an older process goes on with a database that is ahead of it.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from service import __version__
from service.config.process import PROGRAM
from service.store import list_audit
from service.store.database import Database
from service.store.failures import UNREACHED
from service.store.kept import keep

SCRIPTS = Path(__file__).parent / "migrations"
LOCK_S = 60.0
WAIT_S = 1.0
# For so long a start waits for a database that another service manager brings up beside it.
REACHED_S = 60.0
# The name under which a database keeps the version that made it; older ones have none.
MADE_BY = "made_by"
# Any number that no other program on the same PostgreSQL server is likely to choose.
ADVISORY_LOCK = 0x6E68_6F6F_6B00
log = structlog.get_logger("migrate")


class UnknownRevision(RuntimeError):
    """The database was made by a newer Genhook than this one."""


class Unreached(RuntimeError):
    """No database answered for as long as a start waits for one."""


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


def recount_lists(url: str) -> None:
    """Count every list of a migrated database anew, whatever its counts say."""
    database = Database(url)
    try:
        database.write(list_audit.recount)
    finally:
        database.close()


def revision(database: Database) -> str | None:
    """Read the revision that the database is at; None for one without tables."""
    with database.read() as db:
        return MigrationContext.configure(db).get_current_revision()


def is_newer(found: str | None) -> bool:
    """Tell whether a revision is of a newer version than this one, which has no migration of that name."""
    return found is not None and found not in _known()


def head() -> str | None:
    """Name the newest revision that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def wait_until_migrated(url: str, every_s: float = WAIT_S) -> None:
    """Return once the database at `url` can be used by this code; say in the log what is waited for."""
    known = _known()
    said = None
    while (waiting := _not_migrated(url, known)) is not None:
        if waiting != said:
            log.warning("waiting for the database", reason=waiting)
        said = waiting
        time.sleep(every_s)
    if said is not None:
        log.info("the database is there, going on")


def wait_until_reached(
    url: str, seconds: float = REACHED_S, pause: Callable[[float], object] = time.sleep, every_s: float = WAIT_S
) -> None:
    """Return once the database at `url` answers, or `pause` answers true; a file is there at once, or never.

    Raises Unreached after `seconds`.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return
    deadline = time.monotonic() + seconds
    said = None
    while (reason := _not_reached(url)) is not None:
        if time.monotonic() > deadline:
            raise Unreached(f"No database within {seconds:.0f} s. {reason} {UNREACHED}")
        if reason != said:
            log.warning("still waiting for the database", reason=reason, seconds=round(deadline - time.monotonic()))
        said = reason
        if pause(every_s):
            return
    if said is not None:
        log.info("the database answers, going on")


def _not_reached(url: str) -> str | None:
    database = Database(url)
    try:
        with database.read() as db:
            db.execute(text("SELECT 1"))
    except DBAPIError as error:
        return _unreached(error)
    finally:
        database.close()
    return None


def _unreached(error: DBAPIError) -> str:
    """Word why, in one sentence: psycopg ends with a question, or with the server's own words."""
    return f"It can't be reached: {' '.join(str(error.orig).split()).rstrip('.?')}."


def _not_migrated(url: str, known: Collection[str]) -> str | None:
    """Say why this code can't use the database yet; None where it can."""
    parts = make_url(url)
    migrated = f"another process's `up`, or `{PROGRAM} migrate`, makes its tables"
    if parts.get_backend_name() == "sqlite" and not Path(parts.database or "").exists():
        return f"It is not there yet; {migrated}."
    database = Database(url)
    try:
        found = revision(database)
    except DBAPIError as error:
        return _unreached(error)
    finally:
        database.close()
    if found is not None and found not in known:
        log.warning("the database was migrated by a newer version, going on", revision=found)
        return None
    return None if found == head() else f"It is at revision {found} and this version needs {head()}; {migrated}."


def compared(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out of a new revision what search is built on: each database has it in a migration of its own."""
    searched = (name or "").startswith("creation_words") if kind == "table" else name == "ix_creations_words"
    return not searched


def _upgrade(db: Connection) -> None:
    """Upgrade within one transaction; a database that was empty keeps the version that made it."""
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
    empty = MigrationContext.configure(db).get_current_revision() is None
    try:
        command.upgrade(_config(db), "head")
    except CommandError as error:
        raise UnknownRevision(
            f"This database was made by a newer Genhook than this {__version__} ({error}). Install that version, or "
            "restore a backup of this one's."
        ) from None
    if empty:
        keep(db, MADE_BY, __version__)


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
