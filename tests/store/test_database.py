"""One way to read and one to write: committed whole, tried again where that can help, and never twice."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from service.store import database as databases
from service.store import kept, postgres
from service.store.database import CommitUncertain, Database
from service.store.tables import meta


@pytest.fixture
def database(database: Database) -> Database:
    """A database whose table of names is empty: a new one knows by which version it was made."""
    database.write(lambda db: db.execute(delete(meta)))
    return database


def put(name: str, value: str = "1") -> Callable[[Connection], Any]:
    return lambda db: db.execute(insert(meta).values(name=name, value=value))


def names(database: Database) -> set[str]:
    with database.read() as db:
        return set(db.execute(select(meta.c.name)).scalars())


def test_what_is_written_is_there_for_who_reads_next(database: Database) -> None:
    with database.read() as reader:
        before = reader.execute(select(func.count()).select_from(meta)).scalar_one()
        assert database.write(lambda db: put("a")(db) and "answer") == "answer"
        after = reader.execute(select(func.count()).select_from(meta)).scalar_one()
    assert (before, after) == (0, 1)


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    def half(db: Connection) -> None:
        put("a")(db)
        raise KeyError("the other half")

    with pytest.raises(KeyError):
        database.write(half)
    assert names(database) == set()
    database.write(put("b"))
    assert names(database) == {"b"}


def test_what_breaks_a_rule_is_told_at_once_and_not_tried_again(database: Database) -> None:
    calls = []

    def twice(db: Connection) -> None:
        calls.append(1)
        put("a")(db)
        put("a")(db)

    with pytest.raises(IntegrityError):
        database.write(twice)
    assert (len(calls), names(database)) == (1, set())


def test_foreign_keys_hold(database: Database) -> None:
    orphan = "INSERT INTO cards (id, account_id, title, created_at) VALUES ('c', 'nobody', 't', 1)"
    with pytest.raises(IntegrityError):
        database.write(lambda db: db.execute(text(orphan)))


def test_writers_at_once_follow_one_another_and_lose_nothing(database: Database) -> None:
    database.write(put("count", "0"))

    def count(db: Connection) -> None:
        # Read, then write: what one writer read, no other has changed when it writes.
        query = select(meta.c.value).where(meta.c.name == "count").with_for_update()
        told = int(db.execute(query).scalar_one())
        db.execute(update(meta).where(meta.c.name == "count").values(value=str(told + 1)))

    crowd = [threading.Thread(target=lambda: [database.write(count) for _ in range(10)]) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    with database.read() as db:
        assert db.execute(select(meta.c.value)).scalar_one() == "60"


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    writing, seen = threading.Event(), threading.Event()

    def slow(db: Connection) -> None:
        put("a")(db)
        writing.set()
        assert seen.wait(20)

    writer = threading.Thread(target=lambda: database.write(slow))
    writer.start()
    assert writing.wait(20)
    assert names(database) == set()
    seen.set()
    writer.join(20)
    assert names(database) == {"a"}


@pytest.mark.parametrize(
    ("failure", "passes"),
    [
        (OperationalError("", {}, sqlite3.OperationalError("database is locked")), True),
        (OperationalError("", {}, sqlite3.OperationalError("database table is busy")), True),
        (OperationalError("", {}, sqlite3.OperationalError("database or disk is full")), False),
        (OperationalError("", {}, sqlite3.OperationalError("disk I/O error")), False),
        (DBAPIError("", {}, type("Deadlock", (Exception,), {"sqlstate": "40P01"})()), True),
        (DBAPIError("", {}, type("Serialization", (Exception,), {"sqlstate": "40001"})()), True),
        (DBAPIError("", {}, type("Shutdown", (Exception,), {"sqlstate": "57P01"})()), True),
        (DBAPIError("", {}, type("Unique", (Exception,), {"sqlstate": "23505"})()), False),
        (DBAPIError("", {}, Exception("the server closed the connection"), connection_invalidated=True), True),
        (CommitUncertain("lost while committing"), False),
        (RuntimeError("database is locked"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(database: Database, failure: Exception, passes: bool) -> None:
    calls = []

    def work(db: Connection) -> None:
        calls.append(1)
        put("a")(db)
        if len(calls) == 1:
            raise failure

    if passes:
        database.write(work)
        assert (len(calls), names(database)) == (2, {"a"})
    else:
        with pytest.raises(type(failure)):
            database.write(work)
        assert (len(calls), names(database)) == (1, set())


def test_a_database_that_stays_busy_is_given_up_in_the_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = OperationalError("", {}, sqlite3.OperationalError("database is locked"))
    fast = Database(database.url)
    # The first try is not counted: only what met another is tried through tenacity.
    monkeypatch.setattr(databases._again, "stop", lambda state: state.attempt_number == 2)
    calls = []

    def work(db: Connection) -> None:
        calls.append(1)
        raise busy

    with pytest.raises(OperationalError):
        fast.write(work)
    fast.close()
    assert len(calls) == 3


def test_another_process_that_holds_sqlites_lock_is_waited_for(tmp_path: Path, database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL has no single writer to wait for")
    other = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    database.write(put("a"))
    assert names(database) == {"a"}
    other.close()


def test_a_process_that_writes_without_pause_lets_the_others_in(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL has no single writer to wait for")
    stopping, written = threading.Event(), [0]
    # As in another process: another lock between threads, other descriptors of the files.
    other = Database(database.url)

    def without_pause() -> None:
        while not stopping.is_set():
            other.write(lambda db: (db.execute(delete(meta)), put("a")(db), time.sleep(0.01)))
            written[0] += 1

    writer = threading.Thread(target=without_pause)
    writer.start()
    passed_by = []
    for _ in range(10):
        time.sleep(0.02)
        before = written[0]
        passed_by.append(database.write(lambda db: written[0]) - before)
    stopping.set()
    writer.join()
    other.close()
    # The one that it was at, and perhaps the next, where this one came just then.
    assert max(passed_by) <= 3, passed_by


def test_sqlite_keeps_what_it_commits_through_a_power_cut(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("what PostgreSQL keeps is its own setting")
    with database.read() as db:
        told = [
            db.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert told == ["wal", 2, 1]


def test_the_first_value_kept_under_a_name_stays(database: Database) -> None:
    with database.read() as db:
        assert kept.read(db, "mark") is None
    assert database.write(lambda db: kept.keep(db, "mark", "first")) == "first"
    assert database.write(lambda db: kept.keep(db, "mark", "second")) == "first"


@pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="SQLite's writers are on one machine")
def test_what_a_machine_that_was_cut_off_had_locked_is_free_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SESSION", postgres.SESSION.replace("20000", "500"))
    gone, other = Database(database.url), Database(database.url)
    with gone.engine.connect() as silent:
        silent.exec_driver_sql("BEGIN")
        put("a", "of the machine that is gone")(silent)
        began = time.monotonic()
        other.write(put("a", "of another"))
        assert time.monotonic() - began < 15
        with pytest.raises(DBAPIError):
            silent.execute(text("SELECT 1"))
    gone.close()
    other.close()
    assert names(database) == {"a"}


def test_many_threads_that_read_share_a_few_connections_to_sqlite(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("SQLite's own")
    opened: list[Any] = []
    event.listen(database.engine, "connect", lambda connection, _: opened.append(connection))
    together, read = threading.Barrier(40), []

    def look() -> None:
        together.wait(10)
        for _ in range(5):
            with database.read() as db:
                read.append(db.execute(select(1)).scalar_one())
                time.sleep(0.001)

    threads = [threading.Thread(target=look) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert read == [1] * 200
    assert len(opened) <= databases.READERS


def test_readers_that_wait_for_a_writer_who_reads_keep_it_from_nothing(database: Database) -> None:
    inside, written = threading.Barrier(databases.READERS + 1), threading.Event()

    def wait_inside() -> None:
        with database.read():
            inside.wait(10)
            assert written.wait(10)

    def reads_while_it_writes(db: Connection) -> None:
        with database.read() as other:
            other.execute(select(meta)).all()
        put("a")(db)

    readers = [threading.Thread(target=wait_inside) for _ in range(databases.READERS)]
    for reader in readers:
        reader.start()
    inside.wait(10)
    database.write(reads_while_it_writes)
    with database.read() as db:
        assert db.execute(select(meta.c.name)).scalars().all() == ["a"]
    written.set()
    for reader in readers:
        reader.join(10)


def test_a_lazy_reader_opens_a_connection_when_it_is_first_asked(database: Database) -> None:
    opened: list[object] = []
    event.listen(database.engine, "engine_connect", opened.append)
    with database.read_lazily():
        pass
    assert opened == []
    with database.read_lazily() as db:
        assert [db.execute(text("SELECT 1")).scalar_one() for _ in range(2)] == [1, 1]
    assert len(opened) == 1


def test_an_error_tells_no_value_that_was_to_be_written(database: Database) -> None:
    wrong = text("INSERT INTO meta (name, value) VALUES (:name, :value) RETURNING no_such_column")
    with pytest.raises(DBAPIError) as failed:
        database.write(lambda db: db.execute(wrong, {"name": "sealed", "value": "whsec_of_somebody"}))
    assert "whsec_of_somebody" not in str(failed.value)
