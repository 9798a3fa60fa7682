"""A provider's limits, shared by workers: calls in flight, calls a while, and whose turn it is."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from service.config import ProviderSettings
from service.config.environment import Rate
from service.generation import permits as permits_module
from service.generation.permits import NoPermit, Permits, RunPermits
from service.net.guard import Guard
from service.providers.adapters.openai import OpenAI
from service.providers.base import Access
from service.store.tables import runs
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY, Reply, Request
from tests.generation.steps import ended
from tests.support.house import House
from tests.support.valkey import Valkey

ACTION = "flixly.media.generate"
FOX = {"model": "gpt-image-2", "prompt": "a red fox"}
MODEL = "gpt-image-2"


def worker(url: str, **limits: Any) -> Callable[..., RunPermits]:
    """A worker process of its own: the permits of a run of an account there."""
    made = Permits(url, {"openai": ProviderSettings(**limits)})

    def of(account: str, run: str, key: str = KEY) -> RunPermits:
        return made.of(OpenAI(Access(key), Guard()), account, run)

    return of


def taken(run: RunPermits, number: int = 0, model: str = MODEL) -> bool:
    """Take the permit of a call, if it is to be had now, and keep it."""
    try:
        with run.begun(number, model):
            return True
    except NoPermit:
        return False


def test_workers_together_have_no_more_calls_in_flight_than_the_key_may(redis_url: str) -> None:
    one, other = worker(redis_url, concurrency=3), worker(redis_url, concurrency=3)
    first = [one("a", f"one-{n}") for n in range(2)]
    second = [other("a", f"other-{n}") for n in range(2)]
    assert [taken(run) for run in (*first, *second)] == [True, True, True, False]
    first[0].end([0])
    assert taken(second[1])


def test_a_call_that_has_its_permit_takes_no_second_one(redis_url: str) -> None:
    of = worker(redis_url, concurrency=1, rate=Rate(2, 60))
    run = of("a", "run")
    assert taken(run)
    assert taken(run)
    run.end([0])
    assert taken(run, number=1)


def test_each_key_has_limits_of_its_own(redis_url: str) -> None:
    of = worker(redis_url, concurrency=1)
    assert taken(of("a", "platform"))
    assert taken(of("a", "own", key="the account's own"))
    assert not taken(of("b", "other"))


def test_no_window_of_the_rate_holds_more_calls_than_it_says(redis_url: str) -> None:
    workers = [worker(redis_url, rate=Rate(5, 1)) for _ in range(2)]
    sent: list[float] = []
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        number = len(sent)
        run = workers[number % 2]("a", f"run-{number}")
        if taken(run):
            sent.append(time.monotonic())
            run.end([0])
        else:
            time.sleep(0.02)
    assert len(sent) >= 10
    # The clock that counts is Redis's, in milliseconds, and read a moment before this one.
    assert all(later - earlier > 0.9 for earlier, later in zip(sent, sent[5:], strict=False))


def test_a_worker_that_died_gives_its_permit_back(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permits_module, "LEASE_S", 0.3)
    dead, alive = worker(redis_url, concurrency=1), worker(redis_url, concurrency=1)
    assert taken(dead("a", "lost"))
    assert not taken(alive("a", "next"))
    time.sleep(0.4)
    assert taken(alive("a", "next"))


def test_a_call_that_takes_longer_than_a_lease_keeps_its_permit(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permits_module, "LEASE_S", 0.3)
    monkeypatch.setattr(permits_module, "RENEW_S", 0.05)
    of, other = worker(redis_url, concurrency=1), worker(redis_url, concurrency=1)
    long = of("a", "long")
    with long.call(0, MODEL, patient=False):
        until = time.monotonic() + 1
        while time.monotonic() < until:
            assert not taken(other("a", "next"))
            time.sleep(0.05)
    long.end([0])
    assert taken(other("a", "next"))


def test_work_with_a_ticket_keeps_its_permit_until_it_has_ended(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permits_module, "LEASE_S", 0.2)
    of = worker(redis_url, concurrency=1)
    run = of("a", "ticketed")
    assert taken(run)
    run.keep([0])
    time.sleep(0.3)
    assert not taken(of("a", "next"))
    run.end([0])
    assert taken(of("a", "next"))


def test_an_account_with_fewer_calls_in_flight_comes_first(redis_url: str) -> None:
    of = worker(redis_url, concurrency=4)
    crowd = [of("crowd", f"run-{n}") for n in range(8)]
    assert [taken(run) for run in crowd[:5]] == [True, True, True, True, False]
    small = of("small", "run")
    assert not taken(small)
    crowd[0].end([0])
    assert not taken(crowd[5]), "the account that has none comes first"
    assert taken(small)


def test_accounts_take_turns_where_only_the_rate_is_limited(redis_url: str) -> None:
    of = worker(redis_url, rate=Rate(4, 1))
    given = []
    for _ in range(3):
        for account in ("crowd", "crowd", "crowd", "small"):
            run = of(account, f"{account}-{len(given)}")
            if taken(run):
                given.append(account)
        time.sleep(1.1)
    assert given.count("small") >= 2, given


def test_whoever_waits_is_told_to_come_again_later_the_more_there_are(redis_url: str) -> None:
    of = worker(redis_url, concurrency=1)
    assert taken(of("a", "first"))
    waits = []
    for number in range(40):
        with pytest.raises(NoPermit) as refused, of("a", f"waiting-{number}").begun(0, MODEL):
            pass
        waits.append(refused.value.wait)
    assert waits[0] < 1
    assert waits[-1] > 1.5
    with pytest.raises(NoPermit) as refused, of("b", "alone").begun(0, MODEL):
        pass
    assert refused.value.wait < 1, "who has one run waiting does not wait behind another account's forty"


def test_a_providers_429_stops_every_worker_for_that_model_alone(redis_url: str) -> None:
    one, other = worker(redis_url), worker(redis_url)
    one("a", "refused").pause(MODEL, 0.5)
    assert not taken(other("b", "next"))
    assert taken(other("b", "next"), model="another-model")
    time.sleep(0.6)
    assert taken(other("b", "next"))


def test_without_redis_nothing_is_held_back(redis_url: str) -> None:
    gone = Valkey()
    of = worker(gone.url, concurrency=1)
    assert taken(of("a", "one"))
    gone.close()
    assert taken(of("a", "two"))


class Counting(FakeOpenAI):
    """Counts how many calls are in hand at once, each of which takes a while."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.counting = threading.Lock()

    def answer(self, request: Request) -> Reply:
        if request.method == "POST":
            with self.counting:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.15)
            with self.counting:
                self.now -= 1
        return super().answer(request)


@pytest.fixture
def counting() -> Iterator[Counting]:
    made = Counting()
    yield made
    made.close()


def test_runs_wait_for_their_permit_and_all_end(houses: Callable[..., House], counting: Counting) -> None:
    house = houses(providers={"openai": ProviderSettings(KEY, counting.base_url, concurrency=2)})
    account = house.account()
    submitted = [account.submit(ACTION, FOX).get_json()["id"] for _ in range(8)]
    house.work()
    assert {ended(account, run_id)["status"] for run_id in submitted} == {"completed"}
    assert (counting.submissions, counting.most) == (8, 2)


def test_waiting_for_a_permit_uses_up_no_offer_and_says_why(
    houses: Callable[..., House], counting: Counting, redis_url: str
) -> None:
    house = houses(providers={"openai": ProviderSettings(KEY, counting.base_url, concurrency=1)})
    account = house.account()
    elsewhere = worker(redis_url, concurrency=1)("another", "busy")
    assert taken(elsewhere)
    elsewhere.keep([0])
    run_id = account.submit(ACTION, FOX).get_json()["id"]
    house.work()

    def waiting() -> bool:
        with house.context.database.read() as db:
            return bool(db.execute(select(runs.c.waiting).where(runs.c.id == run_id)).scalar_one())

    house.until(waiting)
    house.context.database.write(lambda db: db.execute(update(runs).values(wake_at=0)))
    with house.context.database.read() as db:
        row = db.execute(select(runs).where(runs.c.id == run_id)).one()
    assert (row.step, counting.submissions) == (0, 0)
    assert "waits for its turn" in row.waiting
    elsewhere.end([0])
    assert ended(account, run_id)["status"] == "completed"
