"""What is due, who posts it, and what follows: at least once, never lost, and no failing subscription for ever."""

from collections.abc import Callable

import orjson
import pytest
from sqlalchemy import delete, select

from service.delivery import deliveries as shown
from service.delivery.book import Book, Due, Look
from service.delivery.schedule import Decision, Receipt
from service.delivery.shards import SHARDS, shard_of
from service.store.database import Database
from service.store.tables import deliveries, shards
from tests.delivery.posts import BROKEN, EVERY_SHARD, OK, URL, due, ended, row, tried, vars_of
from tests.support.house import Account, House


@pytest.fixture
def database(house: House) -> Database:
    return house.context.database


# What is due


def test_what_is_posted_and_not_recorded_is_posted_again_under_the_same_id(account: Account, book: Book) -> None:
    ended(account)
    (first,) = due(book)
    # The deliverer dies here, having posted.
    (again,) = due(book)
    assert (again.id, again.event_id, again.body, again.tries) == (first.id, first.event_id, first.body, 0)


def test_what_is_in_flight_or_in_anothers_shard_or_not_yet_due_is_left_alone(
    account: Account, book: Book, database: Database
) -> None:
    ended(account)
    (one,) = due(book)
    assert one.shard == shard_of(URL)
    others = [shard for shard in EVERY_SHARD if shard != one.shard]
    assert book.look([one.shard], [one.shard], {one.id}, 9) == Look([], None)
    assert book.look(others, EVERY_SHARD, (), 9) == Look([], None)
    assert book.look((), (), (), 9) == Look([], None)
    book.record([tried(one, BROKEN)])
    again_at = row(database, one.id).next_attempt_at
    assert again_at > one.due_at
    assert book.look(EVERY_SHARD, EVERY_SHARD, (), 9) == Look([], again_at)
    assert book.look((), [one.shard], (), 9) == Look([], again_at), "what is not asked now is awaited"
    assert book.look(others, others, (), 9) == Look([], None)


def test_a_look_takes_so_many_and_the_longest_due_of_a_host_first(account: Account, book: Book) -> None:
    runs = [ended(account) for _ in range(4)]
    first = due(book, most=3)
    (last,) = book.look(EVERY_SHARD, EVERY_SHARD, [one.id for one in first], 3).due
    assert [orjson.loads(one.body)["data"]["id"] for one in [*first, last]] == runs


def test_a_hosts_deliveries_lie_in_one_shard_whatever_the_path_and_the_port() -> None:
    one = shard_of("https://a.example/1?x#y")
    assert {shard_of(url) for url in ("https://A.EXAMPLE/2", "http://a.example:8080/", "https://a.example./")} == {one}
    assert one < SHARDS
    assert len({shard_of(f"https://{number}.example/") for number in range(1000)}) > SHARDS // 2


# What came of it


def test_a_delivery_ends_with_a_2xx_and_its_attempts_are_kept(account: Account, book: Book, database: Database) -> None:
    run_id = ended(account)
    (one,) = due(book)
    book.record([tried(one, Receipt(503, b"a\0b\xff" + b"x" * 9000))])
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


def test_an_attempt_without_an_answer_keeps_its_reason(account: Account, book: Book, database: Database) -> None:
    run_id = ended(account)
    (one,) = due(book)
    book.record([tried(one, Receipt(error="no answer within 15 s", timed_out=True))])
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
