"""Fill a database with ended runs by the million: one that really ran, copied by the database itself."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Table, text

from service.store import list_audit
from service.store.database import Database
from service.store.tables import (
    attempts,
    callbacks,
    creations,
    deliveries,
    events,
    idempotency,
    ledger,
    run_bodies,
    runs,
    samples,
    usage,
)

# Columns whose values are a row's own, in terms of its number `n`, padded so that the order of ids is that of numbers.
_RUN, _EVENT, _DELIVERY = "'run_' || {n}", "'msg_' || {n}", "'msg_' || {n} || '.1'"
_COPIED: Mapping[Table, tuple[str, dict[str, str]]] = {
    runs: ("id = :run", {"id": _RUN}),
    # What a run was asked for is 4 KB, which no statement here reads again.
    run_bodies: ("run_id = :run", {"run_id": _RUN, "order": "''"}),
    usage: ("run_id = :run", {"run_id": _RUN, "rolled_up": "true", "labeled": "true"}),
    ledger: ("run_id = :run", {"run_id": _RUN}),
    idempotency: ("run_id = :run", {"run_id": _RUN, "key": "'key ' || {n}"}),
    creations: ("run_id = :run", {"run_id": _RUN}),
    samples: ("id = (SELECT max(id) FROM samples)", {}),
    events: ("run_id = :run", {"run_id": _RUN, "id": _EVENT}),
    callbacks: ("run_id = :run", {"run_id": _RUN}),
    deliveries: ("run_id = :run", {"run_id": _RUN, "id": _DELIVERY, "event_id": _EVENT}),
    attempts: (
        "delivery_id = (SELECT id FROM deliveries WHERE run_id = :run)",
        {"delivery_id": _DELIVERY},
    ),
}
_NUMBERS = {
    True: "WITH RECURSIVE numbers(n) AS (SELECT :least UNION ALL SELECT n + 1 FROM numbers WHERE n < :most)",
    False: "WITH numbers AS (SELECT generate_series(CAST(:least AS INTEGER), CAST(:most AS INTEGER)) AS n)",
}
_PADDED = {True: "printf('%032d', numbers.n)", False: "lpad(CAST(numbers.n AS VARCHAR), 32, '0')"}
_DROPPABLE = """
SELECT index.indexrelid::regclass::text AS name, pg_get_indexdef(index.indexrelid) AS made_by FROM pg_index AS index
WHERE index.indrelid = CAST(:name AS regclass)
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = index.indexrelid)
"""
# One transaction's rows of one table.
STEP = 200_000


def fill(database: Database, run_id: str, number: int) -> None:
    """Add `number` copies of this ended run, with all that belongs to it, none of it still to be done."""
    # SQLite has one writer.
    with ThreadPoolExecutor(1 if database.sqlite else 2) as threads:
        for done in [threads.submit(_fill_table, database, table, run_id, number) for table in _COPIED]:
            done.result()
    if not database.sqlite:
        # No trigger saw these rows.
        database.write(list_audit.recount)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        # What both do by themselves after a while.
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)" if database.sqlite else "VACUUM ANALYZE")


def _fill_table(database: Database, table: Table, run_id: str, number: int) -> None:
    seed, own = _COPIED[table]
    copying = text(_copying(table, seed, own, sqlite=database.sqlite))
    with database.engine.connect() as db:
        _hasten(db, sqlite=database.sqlite)
        indexes = [] if database.sqlite else _without_indexes(db, table)
        for least in range(1, number + 1, STEP):
            db.execute(copying, {"run": run_id, "least": least, "most": min(number, least + STEP - 1)})
            db.commit()
        for index in indexes:
            db.exec_driver_sql(index)
        db.commit()
        # Not to be used as it is now.
        db.invalidate()


def _copying(table: Table, seed: str, own: Mapping[str, str], *, sqlite: bool) -> str:
    names = [column.name for column in table.columns if column.name != "id" or "id" in own]
    listed = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own[name].format(n=_PADDED[sqlite]) if name in own else f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table.name} ({listed}) {_NUMBERS[sqlite]} SELECT {values} "
        f"FROM (SELECT * FROM {table.name} WHERE {seed}) AS one, numbers"
    )


def _without_indexes(db: Connection, table: Table) -> list[str]:
    """Drop PostgreSQL's indexes of a table, which are made much faster afterwards; the statements that make them."""
    found = db.execute(text(_DROPPABLE), {"name": table.name}).all()
    for row in found:
        db.exec_driver_sql(f"DROP INDEX {row.name}")
    return [row.made_by for row in found]


def _hasten(db: Connection, *, sqlite: bool) -> None:
    """Let nothing be flushed or checked: what is copied is right, and a benchmark's database is made anew."""
    if sqlite:
        for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -400000"):
            db.exec_driver_sql(f"PRAGMA {pragma}")
    else:
        db.exec_driver_sql("SET session_replication_role = replica")
        db.exec_driver_sql("SET synchronous_commit = off")
        db.exec_driver_sql("SET maintenance_work_mem = '512MB'")
    db.commit()
