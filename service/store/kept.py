"""An installation's own values, by name: its signing keys, the mark of its secret key."""

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.store.tables import meta
from service.store.upsert import upsert

# Doctor's latest findings, as JSON: the sweeper looks, and the operator's view reads them.
FINDINGS = "doctor_findings"


def read(db: Connection, name: str) -> str | None:
    """Return what is kept under `name`, None where nothing is."""
    return db.execute(select(meta.c.value).where(meta.c.name == name)).scalar_one_or_none()


def keep(db: Connection, name: str, value: str) -> str:
    """Keep `value` under `name` where nothing stands there, and return what stands there now.

    Processes that start together on a new database each bring a value: the first one's is everybody's.
    """
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    db.execute(insert(meta).values(name=name, value=value).on_conflict_do_nothing())
    return str(read(db, name))


def locked(db: Connection, name: str) -> str:
    """Return what is kept under `name`, which nobody else changes until the commit."""
    return str(db.execute(select(meta.c.value).where(meta.c.name == name).with_for_update()).scalar_one())


def replace(db: Connection, name: str, value: str) -> None:
    """Keep `value` under `name` in place of what stands there."""
    db.execute(update(meta).where(meta.c.name == name).values(value=value))


def put(db: Connection, name: str, value: str) -> None:
    """Keep `value` under `name`, whatever stands there."""
    upsert(db, meta, ["name"], {"name": name, "value": value}, ["value"])
