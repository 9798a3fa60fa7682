"""Progress is told at most every 5 s, once, and never after the end."""

import orjson
import pytest

from service.delivery import events
from service.delivery.book import Book
from service.runs.events import final_events, progress_event
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
    house.context.database.write(lambda db: progress_event(house.context, db, run_id))


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


def test_an_event_is_the_run_as_it_is_read(idle_house: House, book: Book, database: Database) -> None:
    account = idle_house.account()
    told = {"metadata": {"order": "é \\u2028"}, "callback_url": URL, "events": ["run.failed"]}
    run_id = account.submit(ACTION, JOKE, **told).get_json()["id"]
    database.write(lambda db: end(db, run_id, "failed", {"code": "internal", "message": 'a "quoted" word'}))
    database.write(lambda db: final_events(idle_house.context, db, [run_id]))
    (one,) = due(book)
    assert one.body is not None
    body = orjson.loads(one.body)
    assert (body["type"], body["data"]) == ("run.failed", account.get(f"/v1/runs/{run_id}").get_json())
