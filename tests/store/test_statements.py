"""Statements of the hot paths: each is carried out by an index, and hands values over and back as SQLAlchemy does."""

from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

import service.processes.deliverer
import service.processes.worker
import service.web.app  # noqa: F401 — with these every statement is known
from service.store.database import Database, unavailable
from service.store.lists import Given, one_of
from service.store.statements import Statement, enter, known
from service.store.tables import accounts, events, meta, shards

LISTS: dict[str, Any] = {
    "full": [],
    "ended": [],
    "decided": [],
    "busy": [],
    "shards": [1],
    "rows": [],
    "keys": [],
    "prefixes": ["a"],
    **{f"{name}_ids": ["a"] for name in ("run", "event", "account", "delivery")},
}
# One row a lane, a shard or a process.
SMALL = ("lanes", "shards", "workers", "json_each", "given", "packed")


class Values(dict[str, Any]):
    """Some value for every parameter."""

    def get(self, name: str, preset: Any = None) -> Any:
        return LISTS.get(name, preset)


@pytest.mark.parametrize("name", [name for name in sorted(known) if not name.startswith("insert.")])
def test_a_statement_of_a_hot_path_reads_by_an_index(database: Database, name: str) -> None:
    statement = known[name]
    with database.read() as db:
        worded = statement.worded(db)
        if not database.sqlite:
            db.execute(text("SET enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if database.sqlite else "EXPLAIN "
        driver: Any = db.connection.dbapi_connection
        steps = [str(row[-1]) for row in driver.execute(explain + worded.text, worded.parameters(Values())).fetchall()]
        if not database.sqlite:
            db.execute(text("RESET enable_seqscan"))

    scans = [step for step in steps if "Seq Scan" in step or (step.startswith("SCAN") and "INDEX" not in step)]
    assert [step for step in scans if not any(table in step for table in SMALL)] == []


TWO = Statement("test.two", select(meta.c.name, meta.c.value).where(one_of(meta.c.name, "names")).order_by(meta.c.name))
BROKEN = Statement("test.broken", select(text("nothing")).select_from(text("nowhere")))
_given = Given("rows")
CHANGE = Statement(
    "test.change",
    update(meta)
    .where(meta.c.name == _given.column("name", meta.c.name.type))
    .values(value=_given.column("value", meta.c.value.type))
    .returning(meta.c.name, meta.c.value),
)


def test_lists_of_any_length_and_any_text_are_one_parameter(database: Database) -> None:
    names = [*(f"n{number}" for number in range(100)), 'quote"\\,{}', "ü\n'"]
    database.write(lambda db: db.execute(insert(meta), [{"name": name, "value": "v"} for name in names]))
    with database.read() as db:
        assert [row.name for row in TWO.all(db, names=names)] == sorted(names, key=str.encode)
        assert TWO.all(db, names=[]) == []
        assert TWO.first(db, names=["n1"])._asdict() == {"name": "n1", "value": "v"}


def test_rows_that_are_given_change_each_its_own(database: Database) -> None:
    database.write(lambda db: db.execute(insert(meta), [{"name": name, "value": "v"} for name in ("a", "b", "c")]))
    rows = [{"name": "a", "value": "1"}, {"name": "c", "value": 'q"\\'}, {"name": "not there", "value": "3"}]
    changed = database.write(lambda db: CHANGE.all(db, rows=rows))
    assert sorted(map(tuple, changed)) == [("a", "1"), ("c", 'q"\\')]


PACKED = Statement("test.packed", select(events).order_by(events.c.id), packed=True)


def test_rows_entered_together_come_back_as_they_are_also_in_one_value(database: Database) -> None:
    shared = {"account_id": "acc_1", "run_id": "", "type": 'q"\\,{}ü', "final": True, "created_at": 1_790_000_000_123}
    rows = [shared | {"id": f"msg_{number:03}", "body": bytes([number, 0, 255])} for number in range(101)]

    account = {"id": "acc_1", "user_id": 1, "name": "a", "plan": "free", "secrets": "s", "created_at": 0}

    database.write(lambda db: db.execute(insert(accounts), account))
    database.write(lambda db: enter(db, events, rows))
    with database.read() as db:
        found = [row._asdict() for row in PACKED.all(db)]
    assert found == rows


def test_an_error_of_the_driver_is_raised_as_sqlalchemys(database: Database) -> None:
    with pytest.raises((OperationalError, ProgrammingError)), database.read() as db:
        BROKEN.all(db)
    row = {"shard": 1}
    entering = Statement("test.enter", insert(shards).inline(), ["shard"])
    with pytest.raises(IntegrityError):
        database.write(lambda db: entering.run_each(db, [row, row]))
    with database.read() as db:
        assert db.execute(select(shards)).all() == [], "nothing of the list is left"


def test_a_locked_database_is_known_as_busy_through_a_statement(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("SQLite's own")
    other = Database(database.url)
    with other.engine.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        with database.read() as db:
            db.exec_driver_sql("PRAGMA busy_timeout = 1")
            with pytest.raises(OperationalError) as caught:
                RENAME.run(db)
        holder.exec_driver_sql("ROLLBACK")
    other.close()
    assert unavailable(caught.value) == "The database is busy."


RENAME = Statement("test.rename", update(accounts).values(name="x"))
