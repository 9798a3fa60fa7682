"""Progress is told at most every 5 s, once, and never after the end."""

import pytest

from service.delivery import events
from service.delivery.book import Book
from service.runs.events import final_events, passing_events
from service.runs.terminate import end
from service.store.database import Database
from tests.delivery.posts import ACTION, BROKEN, JOKE, OK, URL, due, row, tried
from tests.support.house import Account, House

HEARD = ["run.progress", "run.completed"]


@pytest.fixture
def run_id(idle_house: House) -> str:
    """A run that nobody works, whose callback hears of its progress."""
    account: Account = idle_house.account()
    return str(account.submit(ACTION, JOKE, callback_url=URL, events=HEARD).get_json()["id"])


@pytest.fixture
def database(idle_house: House) -> Database:
    return idle_house.context.database


@pytest.fixture
def book(database: Database) -> Book:
    return Book(database, "deliverer")


def progress(house: House, run_id: str) -> None:
    house.context.database.write(lambda db: passing_events(house.context, db, [run_id], "run.progress"))


def test_progress_is_told_again_after_five_seconds_and_not_before(
    idle_house: House, run_id: str, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress(idle_house, run_id)
    (first,) = due(book)
    book.record([tried(first, OK)])
    for later, told in ((4_990, 0), (5_000, 1)):
        monkeypatch.setattr(events, "now", lambda later=later: first.created_at + later)
        progress(idle_house, run_id)
        assert len(due(book)) == told


def test_progress_that_still_waits_is_overtaken_by_the_next(
    idle_house: House, run_id: str, book: Book, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress(idle_house, run_id)
    (first,) = due(book)
    monkeypatch.setattr(events, "now", lambda: first.created_at + 60_000)
    progress(idle_house, run_id)
    (second,) = due(book)
    assert second.event_id != first.event_id
    assert row(database, first.id).status == "failed"


def test_no_progress_is_told_after_the_end(idle_house: House, run_id: str, book: Book, database: Database) -> None:
    progress(idle_house, run_id)
    (first,) = due(book)
    assert first.event == "run.progress"
    database.write(lambda db: end(db, run_id, "completed", None))
    database.write(lambda db: final_events(idle_house.context, db, [run_id]))
    assert [one.event for one in due(book)] == ["run.completed"]
    book.record([tried(first, BROKEN)])
    assert [one.event for one in due(book)] == ["run.completed"], "what was in flight is not tried again"
