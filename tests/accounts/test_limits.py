"""Every request counts, refused ones too, in every window at once, whether Redis is there or not."""

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import starmap

import pytest

from service.accounts.limits import Limiter, Verdict, Window
from service.accounts.plans import windows
from service.catalog import load
from tests.support.valkey import Valkey

# A Thursday, 00:00:10 UTC.
MIDNIGHT = 1_767_225_600
NOBODY = "unix:///nowhere/redis.sock"


class Clock:
    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock(MIDNIGHT + 10)


@pytest.fixture(params=["redis", "memory"])
def limiter(request: pytest.FixtureRequest, clock: Clock) -> Limiter:
    """One that counts in Redis, and one whose Redis is away."""
    return Limiter(request.getfixturevalue("redis_url") if request.param == "redis" else NOBODY, clock)


@pytest.fixture
def own() -> Iterator[Valkey]:
    """A Redis that this test may kill."""
    server = Valkey()
    yield server
    server.close()


def hit(limiter: Limiter, who: str, told: Sequence[Window]) -> Verdict:
    return limiter.hit_all([(who, told)])[0]


def hits(limiter: Limiter, count: int, told: Sequence[Window], who: str = "key:1") -> list[Verdict]:
    return [hit(limiter, who, told) for _ in range(count)]


def test_so_many_pass_a_minute_and_the_next_is_told_when_to_come_again(limiter: Limiter) -> None:
    told = hits(limiter, 4, [Window(60, 3)])
    assert [(one.allowed, one.limit, one.remaining) for one in told] == [
        (True, 3, 2),
        (True, 3, 1),
        (True, 3, 0),
        (False, 3, 0),
    ]
    assert {(one.reset, one.retry_after) for one in told} == {(MIDNIGHT + 60, 50)}


def test_a_window_begins_with_the_clocks_minute(limiter: Limiter, clock: Clock) -> None:
    hits(limiter, 4, [Window(60, 3)])
    clock.at = MIDNIGHT + 59.9
    assert not hit(limiter, "key:1", [Window(60, 3)]).allowed
    clock.at = MIDNIGHT + 60
    fresh = hit(limiter, "key:1", [Window(60, 3)])
    assert (fresh.allowed, fresh.remaining, fresh.reset, fresh.retry_after) == (True, 2, MIDNIGHT + 120, 60)


def test_refused_requests_count_in_every_window(limiter: Limiter, clock: Clock) -> None:
    hour = [Window(60, 2), Window(3600, 5)]
    assert [one.allowed for one in hits(limiter, 5, hour)] == [True, True, False, False, False]
    clock.at += 60
    told = hit(limiter, "key:1", hour)
    assert (told.allowed, told.limit, told.reset, told.retry_after) == (False, 5, MIDNIGHT + 3600, 3600 - 70)


def test_the_headers_show_the_minute_and_on_a_refusal_the_window_that_refused_longest(limiter: Limiter) -> None:
    day = [Window(60, 2), Window(3600, 3), Window(86400, 3)]
    told = hits(limiter, 4, day)
    assert [(one.allowed, one.limit) for one in told] == [(True, 2), (True, 2), (False, 2), (False, 3)]
    assert (told[3].reset, told[3].retry_after) == (MIDNIGHT + 86400, 86390)


def test_one_identity_takes_nothing_from_another(limiter: Limiter) -> None:
    hits(limiter, 3, [Window(60, 2)])
    assert hit(limiter, "key:2", [Window(60, 2)]).remaining == 1


def test_at_once_so_many_pass_and_no_more(limiter: Limiter) -> None:
    passed = []
    crowd = [
        threading.Thread(target=lambda: passed.extend(one.allowed for one in hits(limiter, 10, [Window(60, 25)])))
        for _ in range(6)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert (passed.count(True), len(passed)) == (25, 60)


def test_processes_share_one_count_by_one_call_each(redis_url: str, valkey: Valkey, clock: Clock) -> None:
    both = Limiter(redis_url, clock), Limiter(redis_url, clock)
    day = [Window(60, 3), Window(3600, 100), Window(86400, 1000)]
    hits(both[0], 1, day)
    # Redis's own count of what clients sent: what a script does inside is not among it.
    with valkey.client().monitor() as monitor:
        seen: list[str] = []
        told = [hit(both[1], "key:1", day), hit(both[0], "key:1", day), hit(both[1], "key:1", day)]
        valkey.client().echo("the end")
        for command in monitor.listen():
            if "the end" in command["command"]:
                break
            if command["client_type"] != "lua":
                seen.append(command["command"].split()[0])
    assert [one.allowed for one in told] == [True, True, False]
    assert [word for word in seen if word.startswith("EVAL")] == ["EVALSHA"] * 3
    assert not {"INCR", "GET", "EXPIRE"} & set(seen)


def test_what_is_counted_is_forgotten_with_its_window(redis_url: str, valkey: Valkey, clock: Clock) -> None:
    hit(Limiter(redis_url, clock), "key:1", [Window(60, 3), Window(86400, 9)])
    lives = {valkey.client().ttl(key) for key in valkey.client().scan_iter("genhook:limit:*")}
    assert {life <= 60 for life in lives} == {True, False}
    assert all(0 < life <= 86400 for life in lives)


def test_with_redis_gone_the_count_goes_on_where_it_was(own: Valkey, clock: Clock) -> None:
    limiter = Limiter(own.url, clock)
    hits(limiter, 2, [Window(60, 4)])
    own.kill()
    assert [one.remaining for one in hits(limiter, 3, [Window(60, 4)])] == [1, 0, 0]


def test_a_redis_that_lost_its_memory_lets_nobody_begin_anew(own: Valkey, clock: Clock) -> None:
    limiter = Limiter(own.url, clock)
    hits(limiter, 3, [Window(60, 3)])
    own.client().flushall()
    own.client().script_flush()
    assert not hit(limiter, "key:1", [Window(60, 3)]).allowed


def test_a_redis_that_is_back_is_asked_again(own: Valkey, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.accounts.limits.PAUSE_S", 0.0)
    limiter, other = Limiter(own.url, clock), Limiter(own.url, clock)
    own.kill()
    hits(limiter, 2, [Window(60, 9)])
    own.start()
    hits(other, 3, [Window(60, 9)])
    assert hit(limiter, "key:1", [Window(60, 9)]).remaining == 5, "four in Redis are more than three here"


@pytest.mark.parametrize(
    ("plan", "flokan", "flixly", "generor"),
    [
        ("free", 10, 10, (30, 500, 5_000)),
        ("lite", 30, 30, (60, 2_000, 20_000)),
        ("basic", 60, 60, (60, 2_000, 20_000)),
        ("pro", 120, 120, (120, 5_000, 50_000)),
        ("enterprise", 300, 200, (300, 20_000, 200_000)),
    ],
)
def test_a_plans_windows_are_the_contracts(plan: str, flokan: int, flixly: int, generor: tuple[int, ...]) -> None:
    of: Callable[[str], tuple[Window, ...]] = lambda api: windows(load().plan(plan), api)  # noqa: E731
    assert of("flokan") == (Window(60, flokan),)
    assert of("flixly") == (Window(60, flixly),)
    assert of("generor") == tuple(starmap(Window, zip((60, 3600, 86400), generor, strict=True)))
