"""What is due, who posts it, and what follows: at least once, never lost, and no failing subscription for ever.

Source: contract, section 4; design, «The life of a run», 4 and 5.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update

from service.delivery import book as books
from service.delivery import deliveries as shown
from service.delivery import subscriptions as hooks
from service.delivery.book import ROLE, Attempted, Book, Due
from service.delivery.schedule import Answer, Decision, decide
from service.delivery.shards import SHARDS, shard_of
from service.store.database import Database
from service.store.heartbeat import Heartbeat
from service.store.tables import attempts, deliveries, shards, subscriptions
from tests.support.house import Account, House

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about letters"}
ACTION = "generor.generators.generate"
URL = "http://127.0.0.1:9/hook"
DAY_MS = 24 * 3600 * 1000
EVERY_SHARD = range(SHARDS)
OK, BROKEN, GONE = Answer(204), Answer(500, b"no"), Answer(410)


@pytest.fixture
def database(house: House) -> Database:
    return house.context.database


@pytest.fixture
def deliverers(house: House) -> Iterator[Callable[[], Book]]:
    """Makes deliverers, each with its own life."""
    lives: list[Heartbeat] = []

    def make() -> Book:
        lives.append(Heartbeat(house.context.database, ROLE))
        lives[-1].start()
        return Book(house.context.database, house.context.vault, lives[-1].id)

    yield make
    for life in lives:
        life.stop()


@pytest.fixture
def book(deliverers: Callable[[], Book]) -> Book:
    return deliverers()


def ended(account: Account, url: str | None = URL) -> str:
    """A run that is done and whose callback waits; nobody delivers."""
    run = account.submit(ACTION, JOKE, wait=20, **({} if url is None else {"callback_url": url})).get_json()
    assert run["status"] == "completed", run
    return str(run["id"])


def due(book: Book, most: int = 100) -> list[Due]:
    return book.due(EVERY_SHARD, (), most)


def tried(one: Due, answer: Answer, decision: Decision | None = None) -> Attempted:
    follows = decision or decide(one.url, answer, tries=one.tries, early=one.early, age_s=1)
    return Attempted(one, 1_000_000_000_000, 12, answer, follows)


def row(database: Database, delivery: str) -> Any:
    with database.read() as db:
        return db.execute(select(deliveries).where(deliveries.c.id == delivery)).one()


# What is due


def test_what_is_posted_and_not_recorded_is_posted_again_under_the_same_id(account: Account, book: Book) -> None:
    ended(account)
    (first,) = due(book)
    # The deliverer dies here, having posted.
    (again,) = due(book)
    assert (again.id, again.event_id, again.body, again.tries) == (first.id, first.event_id, first.body, 0)


def test_what_is_in_flight_or_in_anothers_shard_or_not_yet_due_is_left_alone(account: Account, book: Book) -> None:
    ended(account)
    (one,) = due(book)
    assert one.shard == shard_of(URL)
    assert book.due([one.shard], {one.id}, 9) == []
    assert book.due([shard for shard in EVERY_SHARD if shard != one.shard], (), 9) == []
    assert book.next_due([one.shard]) == one.due_at
    book.record([tried(one, BROKEN)])
    assert due(book) == []
    assert (book.next_due(EVERY_SHARD) or 0) > one.due_at


def test_a_host_with_a_long_queue_does_not_crowd_out_another(account: Account, book: Book) -> None:
    other = next(url for port in range(10, 99) if shard_of(url := f"http://127.0.0.1:{port}/") != shard_of(URL))
    for url in (URL, URL, URL, other):
        ended(account, url)
    assert sorted(one.url for one in due(book, most=2)) == sorted([URL, URL, other])


def test_a_hosts_deliveries_lie_in_one_shard_whatever_the_path() -> None:
    assert shard_of("https://a.example/1?x#y") == shard_of("https://A.EXAMPLE/2") < SHARDS
    assert len({shard_of(f"https://{number}.example/") for number in range(1000)}) > SHARDS // 2


# What came of it


def test_a_delivery_ends_with_a_2xx_and_its_attempts_are_kept(account: Account, book: Book, database: Database) -> None:
    run_id = ended(account)
    (one,) = due(book)
    book.record([tried(one, Answer(503, b"a\0b\xff" + b"x" * 9000))])
    book.record([tried(Due(**{**vars_of(one), "tries": 1, "due_at": row(database, one.id).next_attempt_at}), OK)])
    with database.read() as db:
        (told,) = shown.of_run(db, account.id, run_id)
    assert (told["status"], told["next_attempt_at"], told["url"], told["event"]) == (
        "delivered",
        None,
        URL,
        "run.completed",
    )
    failed, good = told["attempts"]
    assert (failed["status_code"], failed["duration_ms"], failed["at"]) == (503, 12, "2001-09-09T01:46:40.000Z")
    assert failed["response"] == "ab\N{REPLACEMENT CHARACTER}" + "x" * 4092
    assert (good["status_code"], good["response"], good["error"]) == (204, "", None)
    assert account.get(f"/v1/runs/{run_id}").get_json()["callback"]["attempts"] == 2


def vars_of(one: Due) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Due.__slots__}


def test_an_attempt_without_an_answer_keeps_its_reason(account: Account, book: Book, database: Database) -> None:
    run_id = ended(account)
    (one,) = due(book)
    book.record([tried(one, Answer(error="no answer within 15 s", timed_out=True))])
    with database.read() as db:
        ((attempt,),) = (told["attempts"] for told in shown.of_run(db, account.id, run_id))
    assert (attempt["status_code"], attempt["response"], attempt["error"]) == (None, None, "no answer within 15 s")


def test_a_replay_asked_for_while_the_post_is_in_flight_is_posted(
    account: Account, book: Book, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(account)
    (one,) = due(book)
    monkeypatch.setattr(shown, "now", lambda: one.due_at + 1)
    database.write(lambda db: shown.replay(db, one.id, account.id))
    book.record([tried(one, OK)])
    (again,) = due(book)
    assert (again.id, again.event_id, again.tries) == (one.id, one.event_id, 0)
    assert row(database, one.id).attempts == 1
    book.record([tried(again, OK)])
    assert (row(database, one.id).status, row(database, one.id).attempts) == ("delivered", 2)


def test_a_replay_is_its_owners_and_begins_a_fresh_schedule(
    account: Account, house: House, book: Book, database: Database
) -> None:
    ended(account)
    (one,) = due(book)
    book.record([tried(one, BROKEN, Decision("failed", tries=9, early=5))])
    assert row(database, one.id).status == "failed"
    assert house.account().post(f"/v1/deliveries/{one.id}/replay").status_code == 404
    assert account.post(f"/v1/deliveries/{one.id}/replay").status_code == 202
    (again,) = due(book)
    assert (again.event_id, again.body, again.tries, again.early) == (one.event_id, one.body, 0, 0)


def test_what_was_forgotten_in_flight_does_not_keep_the_others_from_being_recorded(
    account: Account, book: Book, database: Database
) -> None:
    for _ in range(2):
        ended(account)
    lost, kept = due(book)
    database.write(lambda db: db.execute(delete(deliveries).where(deliveries.c.id == lost.id)))
    book.record([tried(lost, OK), tried(kept, OK)])
    book.record([tried(lost, OK)])
    assert row(database, kept.id).status == "delivered"


# Shards


def test_one_deliverer_holds_every_shard_and_a_second_gets_its_half(
    house: House, deliverers: Callable[[], Book]
) -> None:
    first = deliverers()
    assert first.lease() == set(EVERY_SHARD)
    second = deliverers()
    assert second.lease() == set(), "nobody's are none"
    kept = first.lease()
    taken = second.lease()
    assert (len(kept), len(taken), kept | taken) == (SHARDS // 2, SHARDS // 2, set(EVERY_SHARD))
    assert first.lease() == kept


def test_what_a_deliverer_lets_go_another_takes(house: House, deliverers: Callable[[], Book]) -> None:
    first, second = deliverers(), deliverers()
    kept = first.lease()
    first.let_go()
    assert second.lease() <= set(EVERY_SHARD)
    assert kept & second.lease()


def test_a_shard_has_one_owner(house: House, deliverers: Callable[[], Book], database: Database) -> None:
    held = [one.lease() for one in [deliverers() for _ in range(5)]]
    assert sum(map(len, held)) == len(set().union(*held)) == SHARDS
    with database.read() as db:
        assert None not in db.execute(select(shards.c.owner)).scalars().all()


# Subscriptions


def subscribe(database: Database, account: Account, actions: tuple[str, ...] = (), url: str = URL) -> str:
    made = database.write(lambda db: hooks.create(db, account.id, url, ["run.completed"], actions))
    return str(made["id"])


def seen(database: Database, subscription: str) -> Any:
    with database.read() as db:
        return db.execute(select(subscriptions).where(subscriptions.c.id == subscription)).one()


def test_one_end_is_put_on_its_way_to_everybody_by_two_statements(
    account: Account, house: House, book: Book, database: Database
) -> None:
    wanted = {subscribe(database, account, url=f"http://127.0.0.1:9/{number}") for number in range(40)}
    subscribe(database, house.account())
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _cur, text, *_: said.append(text))
    ended(account)
    entered = [text for text in said if text.startswith("INSERT INTO deliveries")]
    assert len(entered) == 2
    assert all("SELECT" in text for text in entered)
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
