"""The deliverer's own loop: what it takes, and how it is woken."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from sqlalchemy import func, select, update

from service.delivery.book import ROLE
from service.delivery.shards import shard_of
from service.processes import deliverer
from service.store.heartbeat import Heartbeat
from service.store.memory_shares import LARGE
from service.store.tables import attempts, deliveries, events
from tests.delivery.posts import ended
from tests.fakes.receiver import Receiver, Reply
from tests.support.house import Account, House


def deliver(house: House, until: Callable[[], bool]) -> None:
    """One deliverer at work until that holds, 30 s at most; what it has in hand is finished and recorded."""
    heart = Heartbeat(house.context.database, ROLE)
    heart.start()

    async def work() -> None:
        one = deliverer.Deliverer(house.context, heart.id)
        running = asyncio.create_task(one.run())
        for _ in range(300):
            if until() or running.done():
                break
            await asyncio.sleep(0.1)
        one.stop()
        await running

    try:
        asyncio.run(work())
    finally:
        heart.stop()


def test_a_host_with_a_long_queue_does_not_crowd_out_another(
    account: Account, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "AT_ONCE", 2)
    slow, quick = Receiver(*[Reply(hold_s=1.0)] * 9), Receiver()
    # Another host by name, in a shard that is asked after the first one's.
    first, other = sorted(("http://127.0.0.1:{}/hook", "http://127.1:{}/hook"), key=shard_of)
    for _ in range(9):
        ended(account, first.format(slow.port))
    ended(account, other.format(quick.port))
    seen: list[int] = []

    def quick_was_posted_to() -> bool:
        if quick.posts:
            seen.append(len(slow.posts))
        return bool(quick.posts)

    deliver(house, quick_was_posted_to)
    slow.close()
    quick.close()
    assert seen[0] < 9, "the other host did not wait for the whole queue"


def test_every_attempt_is_recorded_once_though_the_database_refuses_at_first(
    account: Account, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    for _ in range(5):
        ended(account, receiver.url)
    record, refusals = deliverer.Book.record, iter([True, True])

    def refusing(*given: object) -> None:
        if next(refusals, False):
            raise TimeoutError("the database is away")
        record(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(deliverer.Book, "record", refusing)
    deliver(house, lambda: len(receiver.posts) >= 5)
    receiver.close()
    assert len(receiver.posts) == 5
    with house.context.database.read() as db:
        told = db.execute(select(deliveries.c.status, deliveries.c.attempts)).all()
        assert [tuple(row) for row in told] == [("delivered", 1)] * 5
        assert db.execute(select(func.count()).select_from(attempts)).scalar_one() == 5


def test_what_cannot_be_signed_is_a_failed_attempt_and_holds_nobody_up(
    account: Account, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    ended(account, receiver.url)

    def unsigned(*_: object) -> None:
        raise deliverer.WrongSecretKey("does not open what is stored")

    monkeypatch.setattr(deliverer.Signer, "headers", unsigned)

    def recorded() -> bool:
        with house.context.database.read() as db:
            return bool(db.execute(select(attempts.c.id)).all())

    deliver(house, recorded)
    receiver.close()
    assert receiver.posts == []
    with house.context.database.read() as db:
        assert "does not open" in db.execute(select(attempts.c.error)).scalar_one()
        assert db.execute(select(deliveries.c.status)).scalar_one() == "pending"


def test_an_accounts_large_events_go_one_by_one_and_hold_no_small_one_up(account: Account, house: House) -> None:
    held = 0.7
    receiver, large = Receiver(*[Reply(hold_s=held)] * 4), b'{"type": "x"}' + b" " * 2 * LARGE
    for _ in range(3):
        ended(account, receiver.url)
    house.context.database.write(lambda db: db.execute(update(events).values(body=large)))
    ended(account, receiver.url)
    deliver(house, lambda: len(receiver.posts) >= 4)
    receiver.close()
    larges = [post.at for post in receiver.posts if post.body == large]
    assert len(larges) == 3
    assert min(after - before for before, after in pairwise(larges)) > held * 0.9
    assert len(receiver.posts[-1].body) > LARGE, "the small one came before the last large one"
