"""A process shows that it lives, and ends itself where it must no longer."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from service.store import heartbeat
from service.store.database import CommitUncertain, Database
from service.store.heartbeat import Heartbeat
from service.store.tables import workers
from service.store.turn import DatabaseBusy


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The codes with which the process would have ended itself; beats come every 10 ms."""
    told: list[int] = []

    def end(code: int) -> None:
        told.append(code)
        raise SystemExit

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(heartbeat, "BEAT_S", 0.01)
    return told


@pytest.fixture
def lives(database: Database, ends: list[int]) -> Iterator[Callable[[], Heartbeat]]:
    made: list[Heartbeat] = []

    def make() -> Heartbeat:
        made.append(Heartbeat(database, "worker"))
        made[-1].start()
        return made[-1]

    yield make
    for life in made:
        life.stop()


def rows(database: Database) -> list[Any]:
    with database.read() as db:
        return list(db.execute(select(workers)).all())


def until(check: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not check():
        assert time.monotonic() < deadline, "did not happen within 20 s"
        time.sleep(0.005)


def test_a_life_is_one_row_that_counts_and_goes_with_it(database: Database, lives: Callable[[], Heartbeat]) -> None:
    life = lives()
    (row,) = rows(database)
    assert (row.id, row.role, row.pid) == (life.id, "worker", os.getpid())
    until(lambda: rows(database)[0].beats > 2)
    life.stop()
    assert rows(database) == []


def test_each_start_is_another_incarnation(database: Database, lives: Callable[[], Heartbeat]) -> None:
    assert lives().id != lives().id
    assert len(rows(database)) == 2


def test_nothing_is_written_before_the_start(database: Database) -> None:
    Heartbeat(database, "worker")
    assert rows(database) == []


def test_who_was_declared_dead_ends_at_once(
    database: Database, lives: Callable[[], Heartbeat], ends: list[int]
) -> None:
    life = lives()
    database.write(lambda db: db.execute(delete(workers).where(workers.c.id == life.id)))
    until(lambda: ends)
    assert set(ends) == {75}


def test_a_step_that_outlives_its_deadline_ends_the_process_though_the_heart_beats(
    lives: Callable[[], Heartbeat], ends: list[int]
) -> None:
    life = lives()
    with life.deadline(0.05):
        until(lambda: ends)
    assert set(ends) == {70}


def test_a_step_within_its_deadline_ends_nothing(
    database: Database, lives: Callable[[], Heartbeat], ends: list[int]
) -> None:
    life = lives()
    with life.deadline(60), life.deadline(60):
        pass
    with pytest.raises(KeyError), life.deadline(60):
        raise KeyError("the step failed")
    assert not life._deadlines
    until(lambda: rows(database)[0].beats > 1)
    assert ends == []


def test_a_step_inside_a_step_takes_no_deadline_from_it(lives: Callable[[], Heartbeat], ends: list[int]) -> None:
    life = lives()
    with life.deadline(0.05):
        with life.deadline(60):
            pass
        until(lambda: ends)
    assert set(ends) == {70}


@pytest.mark.parametrize(
    "failure",
    [
        OperationalError("UPDATE", {}, Exception("disk I/O error")),
        CommitUncertain("the connection was lost"),
        DatabaseBusy(20),
        MemoryError(),
    ],
    ids=["failed", "perhaps written", "held by another process", "anything else"],
)
def test_a_beat_that_could_not_be_written_does_not_stop_the_heart(
    database: Database, lives: Callable[[], Heartbeat], monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    lives()
    write, failed = database.write, threading.Event()

    def once(work: Callable[..., Any]) -> Any:
        if threading.current_thread().name == "heartbeat" and not failed.is_set():
            failed.set()
            raise failure
        return write(work)

    monkeypatch.setattr(database, "write", once)
    assert failed.wait(20)
    after = rows(database)[0].beats
    until(lambda: rows(database)[0].beats > after)


def test_a_beat_that_hangs_ends_the_process(
    database: Database, lives: Callable[[], Heartbeat], ends: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "HUNG_S", 0.2)
    write, released = database.write, threading.Event()

    def hang(work: Callable[..., Any]) -> Any:
        if threading.current_thread().name == "heartbeat":
            released.wait(20)
        return write(work)

    lives()
    monkeypatch.setattr(database, "write", hang)
    until(lambda: ends)
    released.set()
    assert set(ends) == {75}


def test_a_start_waits_for_a_database_that_is_busy(
    database: Database, ends: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, tries = database.write, []

    def busy_twice(work: Callable[..., Any]) -> Any:
        tries.append(1)
        if len(tries) <= 2:
            raise DatabaseBusy(20)
        return write(work)

    monkeypatch.setattr(database, "write", busy_twice)
    life = Heartbeat(database, "worker")
    life.start()
    assert [row.id for row in rows(database)] == [life.id]
    life.stop()


def test_an_incarnation_whose_beats_are_late_knows_it(
    database: Database, lives: Callable[[], Heartbeat], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "LATE_S", 0.5)
    life, write = lives(), database.write
    assert not life.late

    def busy(work: Callable[..., Any]) -> Any:
        raise DatabaseBusy(20)

    monkeypatch.setattr(database, "write", busy)
    until(lambda: life.late)
    monkeypatch.setattr(database, "write", write)
    until(lambda: not life.late)
