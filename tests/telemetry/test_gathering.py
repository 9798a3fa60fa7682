"""Counters of many processes, told as one."""

import re
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from redis import Redis

from service.telemetry.gathering import KEY, Gathering
from service.web.health import Gathered
from tests.support.house import House

LOCAL = {"REMOTE_ADDR": "127.0.0.1"}
JOKE = {"slug": "joke", "prompt": "A joke about counters", "model_id": 37}


class Process:
    """One process's own counters, and its way to the sums."""

    def __init__(self, redis_url: str) -> None:
        registry = CollectorRegistry()
        self.done = Counter("done", "What was done.", ["kind"], registry=registry)
        self.took = Histogram("took", "How long it took.", buckets=(1.0, 10.0), registry=registry)
        self.gathering = Gathering(redis_url, registry)

    def told(self) -> str:
        registry = CollectorRegistry()
        registry.register(self.gathering.sums())
        return generate_latest(registry).decode()


@pytest.fixture
def processes(redis_url: str) -> Iterator[tuple[Process, Process]]:
    Redis.from_url(redis_url).delete(KEY)
    yield Process(redis_url), Process(redis_url)
    Redis.from_url(redis_url).delete(KEY)


def test_what_two_processes_count_is_added_up(processes: tuple[Process, Process]) -> None:
    one, other = processes
    one.done.labels("a").inc()
    one.gathering.flush()
    other.done.labels("a").inc(2)
    other.took.observe(0.5)
    other.took.observe(5)
    other.gathering.flush()
    other.gathering.flush()
    one.done.labels("a").inc()
    one.gathering.flush()
    lines = one.told().splitlines()
    assert lines == other.told().splitlines()
    assert 'done_total{kind="a"} 4.0' in lines
    assert [line for line in lines if line.startswith("took_")] == [
        'took_bucket{le="1.0"} 1.0',
        'took_bucket{le="10.0"} 2.0',
        'took_bucket{le="+Inf"} 2.0',
        "took_count 2.0",
        "took_sum 5.5",
    ]


def test_what_is_counted_while_redis_is_away_comes_later(processes: tuple[Process, Process], redis_url: str) -> None:
    one, other = processes
    away = Gathering("redis://127.0.0.1:1", one.gathering._registry)
    one.done.labels("a").inc(3)
    away.flush()
    away._redis = Redis.from_url(redis_url)
    away.flush()
    assert 'done_total{kind="a"} 3.0' in other.told()


def test_what_a_newer_version_counts_is_left_out(processes: tuple[Process, Process], redis_url: str) -> None:
    Redis.from_url(redis_url).hset(KEY, b'["unheard_total",{"of":"it"}]', 5)
    assert "unheard" not in processes[0].told()


def metrics(house: House) -> str:
    # Of a fresh reading: what is told is kept for some seconds.
    Gathering(house.settings.redis).flush()
    answer = house.client.get("/metrics", environ_base=LOCAL)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def number(text: str, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.M)
    return float(found[1]) if found else 0.0


def test_a_run_is_counted_from_its_request_to_its_end(house: House) -> None:
    account = house.account()
    run = account.submit("generor.generators.generate", JOKE).get_json()
    assert account.ended(run["id"], 60)["status"] == "completed"
    house.client.open("/nowhere", method="BREW")
    told = metrics(house)
    action = 'action="generor.generators.generate"'
    assert number(told, f"genhook_accept_seconds_count{{{action}}}") >= 1
    assert number(told, f'genhook_run_seconds_count{{{action},status="completed"}}') >= 1
    assert number(told, f"genhook_credits_charged_total{{{action}}}") >= 1
    assert number(told, 'genhook_queue_wait_seconds_count{lane="quick"}') >= 1
    requests = [line for line in told.splitlines() if line.startswith("genhook_requests_total")]
    assert any('route="/v1/actions/' in line and 'status="202"' in line for line in requests)
    assert 'method="other"' in told
    assert "BREW" not in told
    assert run["id"] not in told


def test_metrics_are_told_without_redis(idle_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.telemetry.gathering.connect", lambda _: Redis(port=1))
    told = Gathered(idle_house.context).text().decode()
    assert "genhook_redis_up 0.0" in told
    assert "genhook_credits_held 0.0" in told
