"""Doorbells: one waits a lane, who rings later is heard too, and with Redis away nobody is held up."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Callback, Queue

from service import queue
from service.queue import DELIVERIES, DRAIN, Bell, LaneWorker
from tests.support.valkey import Valkey


@pytest.fixture
def bell(redis_url: str) -> Bell:
    return Bell(redis_url)


@pytest.fixture
def redis(redis_url: str) -> Redis:
    return Redis.from_url(redis_url)


@pytest.fixture
def own() -> Iterator[Valkey]:
    """A Redis that this test may kill."""
    server = Valkey()
    yield server
    server.close()


def waiting(redis: Redis, lane: str) -> list[tuple[str, tuple[object, ...]]]:
    """The jobs that wait in a lane."""
    return [(job.func_name, tuple(job.args)) for job in Queue(lane, connection=redis, serializer="json").jobs]


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s"
        time.sleep(0.02)


def test_a_lane_that_is_rung_many_times_has_one_job_waiting(bell: Bell, redis: Redis, redis_url: str) -> None:
    for _ in range(5):
        bell.ring("quick")
        Bell(redis_url).ring("quick")
    assert waiting(redis, "quick") == [(DRAIN, ("quick",))]
    assert waiting(redis, "slow") == []


def test_each_lane_has_a_bell_of_its_own(bell: Bell, redis: Redis) -> None:
    bell.ring("quick")
    bell.ring("slow")
    assert (len(waiting(redis, "quick")), len(waiting(redis, "slow"))) == (1, 1)


def test_who_rings_after_a_drain_began_to_look_is_heard(bell: Bell, redis: Redis) -> None:
    bell.ring("quick")
    bell.answered("quick")
    bell.ring("quick")
    assert len(waiting(redis, "quick")) == 2


def test_a_bell_whose_job_was_lost_rings_again(bell: Bell, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PENDING_MS", 20)
    bell.ring("quick")
    redis.delete("rq:queue:quick")
    time.sleep(0.05)
    bell.ring("quick")
    assert len(waiting(redis, "quick")) == 1


def test_a_redis_that_was_emptied_is_rung_anew(bell: Bell, redis: Redis) -> None:
    bell.ring("quick")
    redis.flushall()
    bell.ring("quick")
    assert len(waiting(redis, "quick")) == 1


def test_who_listens_hears_what_is_announced(bell: Bell, redis: Redis) -> None:
    pubsub = redis.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(DELIVERIES)
    # The first is the answer to the subscription itself.
    pubsub.get_message(timeout=5)
    bell.announce(DELIVERIES, ["run_1", "run_2"])
    told = pubsub.get_message(timeout=5)
    assert told is not None
    assert told["data"] == b"run_1,run_2"
    pubsub.close()


def test_workers_that_listen_hear_their_lanes_ring_and_no_job_is_left(bell: Bell, redis: Redis, redis_url: str) -> None:
    heard: list[str] = []
    stopping = threading.Event()
    channels = [queue.ringing("quick"), queue.ringing("slow")]
    hearing = threading.Thread(target=queue.listen, args=(redis_url, channels, heard.append, stopping.is_set))
    hearing.start()
    until(lambda: redis.pubsub_numsub(*channels) == [(name.encode(), 1) for name in channels])
    for lane in ("quick", "blocking", "slow"):
        bell.ring(lane)
    until(lambda: heard == ["quick", "slow"])
    stopping.set()
    hearing.join()
    assert [len(waiting(redis, lane)) for lane in ("quick", "slow", "blocking")] == [0, 0, 1]
    until(lambda: redis.pubsub_numsub(*channels) == [(name.encode(), 0) for name in channels])
    bell.ring("quick")
    assert len(waiting(redis, "quick")) == 1, "whoever starts next finds it"


def test_who_listens_hears_again_after_redis_was_away(own: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAUSE_S", 0.1)
    heard: list[str] = []
    stopping = threading.Event()
    hearing = threading.Thread(target=queue.listen, args=(own.url, ["news"], heard.append, stopping.is_set))
    hearing.start()
    own.kill()
    own.start()
    until(lambda: own.client().publish("news", "back") == 1)
    until(lambda: heard == ["back"])
    stopping.set()
    hearing.join()


def test_with_redis_away_ringing_says_nothing_and_asks_no_more_for_a_while(
    own: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell, asked = Bell(own.url), []
    assert bell.alive()
    own.kill()
    really = bell._ring
    monkeypatch.setattr(bell, "_ring", lambda lane: (asked.append(lane), really(lane)))
    for _ in range(5):
        bell.ring("quick")
        bell.announce(DELIVERIES, ["run_1"])
        bell.answered("quick")
    assert asked == ["quick"]
    assert not bell.alive()


def test_a_redis_that_is_back_is_rung_again(own: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAUSE_S", 0.0)
    bell = Bell(own.url)
    own.kill()
    bell.ring("quick")
    own.start()
    bell.ring("quick")
    assert bell.alive()
    assert len(waiting(own.client(), "quick")) == 1


def test_a_worker_drains_its_lanes_and_keeps_nothing_of_it(
    bell: Bell, redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained: list[str] = []
    monkeypatch.setattr("service.processes.worker.drain", drained.append)
    bell.ring("quick")
    bell.ring("slow")
    LaneWorker(["quick", "slow"], redis_url, on_stop=lambda: None).work(burst=True, logging_level="ERROR")
    assert sorted(drained) == ["quick", "slow"]
    assert list(redis.scan_iter("rq:job:*")) == []


def test_a_drain_that_fails_leaves_the_worker_at_work(
    bell: Bell, redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained: list[str] = []

    def drain(lane: str) -> None:
        drained.append(lane)
        if lane == "quick":
            raise KeyError("a drain that fails")

    monkeypatch.setattr("service.processes.worker.drain", drain)
    bell.ring("quick")
    bell.ring("slow")
    LaneWorker(["quick", "slow"], redis_url, on_stop=lambda: None).work(burst=True, logging_level="CRITICAL")
    assert drained == ["quick", "slow"]
    assert list(redis.scan_iter("rq:job:*")) == []


def _called(*_given: object, **_named: object) -> None:
    CALLS.append("called")


CALLS: list[str] = []


@pytest.mark.parametrize("name", ["os.system", "tests.test_queue._called", "service.processes.worker.run", "drain", ""])
def test_a_worker_calls_no_job_but_the_doorbell(
    redis: Redis, redis_url: str, bell: Bell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    drained: list[str] = []
    monkeypatch.setattr("service.processes.worker.drain", drained.append)
    touched = tmp_path / "touched"
    Queue("quick", connection=redis, serializer="json").enqueue_call(name or "x", args=(f"touch {touched}",))
    bell.ring("quick")
    LaneWorker(["quick"], redis_url, on_stop=lambda: None).work(burst=True, logging_level="CRITICAL")
    assert (touched.exists(), CALLS, drained) == (False, [], ["quick"])


@pytest.mark.parametrize("outcome", ["on_success", "on_failure"])
def test_a_doorbell_calls_nothing_that_hangs_on_it(
    redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    def drain(lane: str) -> None:
        if outcome == "on_failure":
            raise KeyError(lane)

    monkeypatch.setattr("service.processes.worker.drain", drain)
    hooks = {outcome: Callback("tests.test_queue._called")}
    Queue("quick", connection=redis, serializer="json").enqueue_call(DRAIN, args=("quick",), **hooks)
    LaneWorker(["quick"], redis_url, on_stop=lambda: None).work(burst=True, logging_level="CRITICAL")
    assert CALLS == []


def test_a_pickled_job_is_not_read(
    redis: Redis, redis_url: str, bell: Bell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drained: list[str] = []
    monkeypatch.setattr("service.processes.worker.drain", drained.append)
    Queue("quick", connection=redis).enqueue_call(os.mkdir, args=(str(tmp_path / "made"),))
    bell.ring("quick")
    worker = LaneWorker(["quick"], redis_url, on_stop=lambda: None)
    while Queue("quick", connection=redis, serializer="json").count:
        worker.work(burst=True, logging_level="CRITICAL")
    assert (list(tmp_path.iterdir()), drained) == ([], ["quick"])


def test_a_worker_takes_no_commands_over_redis(redis: Redis, redis_url: str, bell: Bell) -> None:
    worker = LaneWorker(["quick"], redis_url, on_stop=lambda: None)
    worker.subscribe()
    assert redis.pubsub_numsub(worker.pubsub_channel_name)[0][1] == 0
