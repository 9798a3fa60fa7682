"""Subscriptions hear what they asked for, and none fails for ever."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from service.delivery import book as books
from service.delivery import subscriptions as hooks
from service.delivery.book import Book
from service.store.database import Database
from service.store.statements import Statement
from service.store.tables import attempts, subscriptions
from service.store.trips import Asked
from tests.delivery.posts import ACTION, BROKEN, DAY_MS, GONE, OK, URL, due, ended, row, tried
from tests.support.house import Account, House


@pytest.fixture
def database(house: House) -> Database:
    return house.context.database


def subscribe(database: Database, account: Account, actions: tuple[str, ...] = (), url: str = URL) -> str:
    made = database.write(lambda db: hooks.create(db, account.id, url, ["run.completed"], actions))
    return str(made["id"])


def seen(database: Database, subscription: str) -> Any:
    with database.read() as db:
        return db.execute(select(subscriptions).where(subscriptions.c.id == subscription)).one()


def test_one_end_is_put_on_its_way_to_everybody_by_one_statement(
    account: Account, house: House, book: Book, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {subscribe(database, account, url=f"http://127.0.0.1:9/{number}") for number in range(40)}
    subscribe(database, house.account())
    said: list[str] = []
    asked = Statement._asked

    def heard(statement: Statement, db: Connection, values: Mapping[str, Any]) -> Asked:
        text, given = asked(statement, db, values)
        said.append(text)
        return text, given

    monkeypatch.setattr(Statement, "_asked", heard)
    ended(account)
    (entered,) = [text for text in said if text.startswith("INSERT INTO deliveries")]
    assert "SELECT" in entered
    ready = due(book)
    assert {one.subscription_id for one in ready} == {None, *wanted}
    assert len(ready) == 41
    assert {one.event_id for one in ready} == {ready[0].event_id}
    assert {one.body for one in ready} == {ready[0].body}


def test_a_subscription_hears_generates_and_other_kinds_only_where_it_names_them(
    account: Account, book: Book, database: Database
) -> None:
    every = subscribe(database, account)
    named = subscribe(database, account, ("generor.generators.list",))
    both = subscribe(database, account, ("generor.generators.list", ACTION))
    account.submit("generor.generators.list", {}, wait=5)
    assert sorted(one.subscription_id or "" for one in due(book)) == sorted([named, both])
    book.record([tried(one, OK) for one in due(book)])
    ended(account, url=None)
    assert sorted(one.subscription_id or "" for one in due(book)) == sorted([every, both])


def test_a_subscription_that_fails_for_five_days_without_a_break_is_disabled_and_says_so(
    account: Account, book: Book, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, begin = subscribe(database, account), books.now()
    ended(account, url=None)
    (one,) = due(book)
    for after, status in ((0, "active"), (5 * DAY_MS - 1, "active"), (5 * DAY_MS, "disabled")):
        monkeypatch.setattr(books, "now", lambda after=after: begin + after)
        book.record([tried(one, BROKEN)])
        assert seen(database, hook).status == status
    assert seen(database, hook).disabled_reason == "Every delivery failed for 5 days."
    assert row(database, one.id).status == "failed"
    monkeypatch.undo()
    ended(account, url=None)
    assert due(book) == []
    (told,) = account.get("/v1/subscriptions").get_json()["data"]
    assert (told["status"], told["disabled_reason"]) == ("disabled", "Every delivery failed for 5 days.")


def test_one_delivery_within_the_five_days_begins_them_anew(
    account: Account, book: Book, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, begin = subscribe(database, account), books.now()
    ended(account, url=None)
    (one,) = due(book)
    for after, answer in ((0, BROKEN), (4, OK), (5, BROKEN), (9, BROKEN)):
        monkeypatch.setattr(books, "now", lambda after=after: begin + after * DAY_MS)
        book.record([tried(one, answer)])
    assert seen(database, hook).status == "active"


def test_410_disables_a_subscription_and_gives_up_what_was_on_its_way(
    account: Account, book: Book, database: Database
) -> None:
    hook = subscribe(database, account)
    for _ in range(2):
        ended(account, url=None)
    first, second = due(book)
    book.record([tried(first, GONE)])
    assert (seen(database, hook).status, seen(database, hook).disabled_reason) == (
        "disabled",
        "The receiver answered 410 Gone.",
    )
    assert {row(database, one.id).status for one in (first, second)} == {"failed"}


def test_410_to_a_runs_callback_ends_that_delivery_alone(account: Account, book: Book, database: Database) -> None:
    hook = subscribe(database, account, url="http://127.0.0.1:9/other")
    ended(account)
    (called,) = [one for one in due(book) if one.subscription_id is None]
    book.record([tried(called, GONE)])
    assert row(database, called.id).status == "failed"
    assert seen(database, hook).status == "active"
    assert [one.subscription_id for one in due(book)] == [hook]


def test_what_is_in_flight_when_its_subscription_ends_stays_given_up_and_its_attempt_is_kept(
    account: Account, book: Book, database: Database
) -> None:
    hook = subscribe(database, account)
    ended(account, url=None)
    (one,) = due(book)
    assert account.call("DELETE", f"/v1/subscriptions/{hook}").status_code == 200
    book.record([tried(one, BROKEN)])
    assert (row(database, one.id).status, row(database, one.id).next_attempt_at) == ("failed", None)
    with database.read() as db:
        assert len(db.execute(select(attempts).where(attempts.c.delivery_id == one.id)).all()) == 1


def test_a_disabled_subscription_hears_nothing_and_anothers_cannot_be_ended(
    account: Account, house: House, book: Book, database: Database
) -> None:
    hook = subscribe(database, account)
    assert house.account().call("DELETE", f"/v1/subscriptions/{hook}").status_code == 404
    off = update(subscriptions).where(subscriptions.c.id == hook).values(status="disabled")
    database.write(lambda db: db.execute(off))
    ended(account, url=None)
    assert due(book) == []


@pytest.mark.parametrize(("answers", "failing"), [((BROKEN, OK), False), ((OK, BROKEN), True), ((OK, OK), False)])
def test_answers_that_are_recorded_together_count_in_their_order(
    account: Account, book: Book, database: Database, answers: tuple[Any, ...], failing: bool
) -> None:
    hook, other = subscribe(database, account), subscribe(database, account, url="http://127.0.0.1:9/other")
    for _ in answers:
        ended(account, url=None)
    mine = [one for one in due(book) if one.subscription_id == hook]
    others = [one for one in due(book) if one.subscription_id == other]
    book.record([tried(one, answer) for one, answer in zip(mine, answers, strict=True)] + [tried(others[0], BROKEN)])
    assert (seen(database, hook).failing_since is not None) is failing
    assert seen(database, other).failing_since is not None


def test_an_account_has_so_many_active_subscriptions_and_no_more(
    account: Account, house: House, database: Database
) -> None:
    made = [account.post("/v1/subscriptions", {"target_url": f"{URL}/{n}"}) for n in range(51)]
    assert [answer.status_code for answer in made] == [201] * 50 + [409]
    assert made[50].get_json()["type"] == "/problems/subscription-limit"
    assert house.account().post("/v1/subscriptions", {"target_url": URL}).status_code == 201
    database.write(lambda db: hooks.disable(db, made[0].get_json()["id"], "it was gone"))
    assert account.post("/v1/subscriptions", {"target_url": f"{URL}/50"}).status_code == 201


def test_the_same_subscription_again_is_the_same(account: Account) -> None:
    body = {"target_url": URL, "events": ["run.failed", "run.completed"], "actions": [ACTION]}
    first = account.post("/v1/subscriptions", body)
    again = account.post("/v1/subscriptions", body | {"events": ["run.completed", "run.failed"]})
    other = account.post("/v1/subscriptions", body | {"actions": []})
    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 201]
    assert first.get_json() == again.get_json()
    assert len(account.get("/v1/subscriptions").get_json()["data"]) == 2
