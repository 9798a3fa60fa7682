"""Workers scaled from none to eight and back to none, under load: killed at random, and told to stop in order."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos import books
from tests.chaos.load import Load
from tests.fakes.fal import FakeFal
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY, Reply, Request
from tests.fakes.receiver import Receiver
from tests.operating.fleet import Fleet
from tests.support.valkey import Valkey

MOST = 8
BETWEEN_S = (0.5, 2.0)
SLOW_S = 1.5
RETRIES = ",".join(["1"] * 60)

pytestmark = pytest.mark.timeout(600)


class SlowOpenAI(FakeOpenAI):
    """Takes its time for a picture, so that workers are stopped while they wait for it."""

    def answer(self, request: Request) -> Reply:
        if request.method == "POST":
            time.sleep(SLOW_S)
        return super().answer(request)


@pytest.fixture
def providers() -> Iterator[tuple[FakeOpenAI, FakeFal]]:
    made = (SlowOpenAI(), FakeFal())
    made[1].polls = 2
    yield made
    for one in made:
        one.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def fleet(tmp_path: Path, valkey: Valkey, providers: tuple[FakeOpenAI, FakeFal]) -> Iterator[Fleet]:
    """Everything but workers, at work."""
    openai, fal = providers
    made = Fleet(
        tmp_path / "data",
        REDIS_URL=valkey.url,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=openai.base_url,
        FAL_API_KEY=KEY,
        FAL_BASE_URL=fal.base_url,
        CALLBACK_RETRY_SCHEDULE=RETRIES,
    )
    try:
        made.migrate()
        for role in (("web",), ("callbacks", "run"), ("sweeper",)):
            made.launch(*role)
        made.until(lambda: made.answers("/healthz"), 120)
        yield made
    finally:
        made.close()


def test_workers_killed_at_random_lose_nothing_and_double_nothing(
    fleet: Fleet, providers: tuple[FakeOpenAI, FakeFal], receiver: Receiver
) -> None:
    chance = random.Random(8)
    load = scaled_up(fleet, receiver, chance)
    while workers := fleet.workers():
        chance.choice(workers).kill()
        time.sleep(chance.uniform(*BETWEEN_S))
    time.sleep(2)
    load.stop(60)
    # Two, since what was lost twice would end as lost at the third.
    for _ in range(2):
        fleet.launch("worker")
    check(fleet, load, providers, receiver)


def test_workers_told_to_stop_in_order_leave_no_outcome_unknown(
    fleet: Fleet, providers: tuple[FakeOpenAI, FakeFal], receiver: Receiver
) -> None:
    chance = random.Random(0)
    load = scaled_up(fleet, receiver, chance)
    # One that is told before it began has nothing to give back.
    fleet.until(lambda: len(fleet.rows("SELECT id FROM workers WHERE role = 'worker'")) == MOST, 120)
    stopping = fleet.workers()
    for worker in stopping:
        worker.process.terminate()
        time.sleep(chance.uniform(*BETWEEN_S))
    assert [worker.process.wait(90) for worker in stopping] == [0] * MOST
    load.stop(60)
    fleet.launch("worker")
    ended = check(fleet, load, providers, receiver)
    assert set(ended) == {"completed"}, ended
    assert not fleet.rows("SELECT id FROM runs WHERE losses > 0"), "none was lost, to be done again"


def scaled_up(fleet: Fleet, receiver: Receiver, chance: random.Random) -> Load:
    """Begin the load, and start workers under it until there are as many as there may be."""
    load = Load(fleet.account("ada", plan="enterprise", credits=1_000_000), receiver.url, seed=8)
    load.start()
    for _ in range(MOST):
        fleet.launch("worker")
        time.sleep(chance.uniform(*BETWEEN_S))
    fleet.until(lambda: len(load.accepted) > 20, 120)
    return load


def check(fleet: Fleet, load: Load, providers: tuple[FakeOpenAI, FakeFal], receiver: Receiver) -> dict[str, int]:
    """Check the books, and return how many runs ended how."""
    ended = books.every_accepted_run_ends(fleet, load)
    books.nothing_is_charged_twice(fleet, load)
    load.client.check_books()
    books.every_receiver_is_told(fleet, load, receiver)
    books.nothing_is_sent_twice(load, providers)
    print(f"{len(load.accepted)} accepted, {ended}, {len(receiver.posts)} posts")
    return ended
