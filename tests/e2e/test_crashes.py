"""Whatever dies, every accepted run ends, is charged at most once, and its callback arrives."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from tests.fakes.receiver import Receiver, Reply
from tests.support.installation import PROGRAM, ROOT, Client, Installation, free_port, pids_below

pytestmark = pytest.mark.xdist_group("crashes")

PICTURES = {
    "video_title": "A picture that takes its time",
    "image_model": "pro",
    "aspect_ratio": "16:9",
    "image_count": 4,
}
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about servers"}


def _accepted(client: Client, receiver: Receiver, number: int = 4) -> list[str]:
    """Runs that keep the workers busy for a while."""
    return [
        client.submit("flokan.thumbnails.generate", PICTURES | {"prompt": f"peak {n}"}, callback_url=receiver.url)["id"]
        for n in range(number)
    ]


def _in_hand(installation: Installation, run_ids: list[str]) -> list[int]:
    """The workers that hold one of these runs now."""
    rows = installation.rows(
        "SELECT runs.id AS run, workers.pid AS pid FROM runs JOIN workers ON workers.id = runs.worker "
        "WHERE runs.slot = 'claimed'"
    )
    return [row.pid for row in rows if row.run in run_ids]


def _check_each_ended_once(client: Client, receiver: Receiver, run_ids: list[str]) -> None:
    for run_id in run_ids:
        run = client.ended(run_id)
        assert run["status"] == "completed", run["error"]
        assert client.charges(run_id) == [run["credits_charged"]] == [run["estimate"]["credits"]]
        told = receiver.of(run_id)
        assert {post.headers["webhook-id"] for post in told} == {told[0].headers["webhook-id"]}
        assert told[0].run["output"]["image_urls"] == run["output"]["image_urls"]
    client.check_books()


def test_a_worker_killed_mid_run_costs_the_caller_nothing_twice(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    run_ids = _accepted(client, receiver)
    holder = installation.until(lambda: _in_hand(installation, run_ids))[0]
    os.kill(holder, signal.SIGKILL)
    _check_each_ended_once(client, receiver, run_ids)


def test_all_workers_killed_at_once_lose_no_run(installation: Installation, client: Client, receiver: Receiver) -> None:
    run_ids = _accepted(client, receiver)
    installation.until(lambda: _in_hand(installation, run_ids))
    assert len(installation.kill("worker")) == 2
    _check_each_ended_once(client, receiver, run_ids)


def test_a_late_worker_changes_nothing_after_its_run_was_taken_over(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    run_ids = _accepted(client, receiver)
    holder = installation.until(lambda: _in_hand(installation, run_ids))[0]
    installation.pause(holder)
    try:
        outputs = [client.ended(run_id)["output"] for run_id in run_ids]
    finally:
        installation.resume(holder)
    time.sleep(1)
    _check_each_ended_once(client, receiver, run_ids)
    assert [client.run(run_id)["output"] for run_id in run_ids] == outputs


def test_a_deliverer_killed_while_it_posts_posts_again_under_the_same_id(
    installation: Installation, client: Client, receivers: Callable[..., Receiver]
) -> None:
    receiver = receivers(Reply(204, hold_s=3))
    run_id = client.submit("generor.generators.generate", JOKE, callback_url=receiver.url)["id"]
    receiver.of(run_id)
    installation.kill("callbacks")
    told = receiver.of(run_id, count=2)
    assert told[0].headers["webhook-id"] == told[1].headers["webhook-id"]
    delivered = "SELECT id FROM deliveries WHERE run_id = :run AND status = 'delivered'"
    installation.until(lambda: installation.rows(delivered, run=run_id))
    assert client.run(run_id)["callback"]["status"] == "delivered"


def test_the_supervisor_killed_takes_its_processes_along_and_a_new_up_goes_on(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    run_ids = _accepted(client, receiver)
    installation.until(lambda: _in_hand(installation, run_ids))
    installation.kill_supervisor()
    installation.start()
    _check_each_ended_once(client, receiver, run_ids)


def test_everything_killed_at_once_loses_nothing(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    run_ids = _accepted(client, receiver)
    installation.until(lambda: _in_hand(installation, run_ids))
    installation.kill_everything()
    installation.start()
    _check_each_ended_once(client, receiver, run_ids)


def test_a_web_process_killed_is_back_and_the_key_finds_the_run(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    first = client.submit("generor.generators.generate", JOKE, key="again", callback_url=receiver.url)
    installation.kill("web")
    installation.until(installation.ready, 15)
    assert client.submit("generor.generators.generate", JOKE, key="again")["id"] == first["id"]
    assert client.ended(first["id"])["status"] == "completed"
    assert client.charges(first["id"]) == [1]


def test_web_processes_whose_parent_is_killed_while_they_start_end_too(installation: Installation) -> None:
    given = {**installation.environment, "PORT": str(free_port()), "WEB_PROCESSES": "2"}
    with subprocess.Popen([*PROGRAM, "web"], env=given, cwd=ROOT, stderr=subprocess.DEVNULL) as parent:
        started = installation.until(lambda: _serving_below(parent.pid))
        parent.kill()
    installation.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))


def _serving_below(pid: int) -> list[int]:
    """Both web processes below, as soon as they are there."""
    found = [one for one in pids_below(pid) if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return found if len(found) == 2 else []


def test_redis_emptied_loses_no_run(installation: Installation, client: Client, receiver: Receiver) -> None:
    redis = Redis.from_url(f"unix://{installation.folder / 'redis.sock'}")
    run_ids = _accepted(client, receiver)
    redis.flushall()
    run_ids += _accepted(client, receiver, 1)
    _check_each_ended_once(client, receiver, run_ids)


def test_with_redis_dead_accepts_still_give_202_and_the_work_is_done(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    (server,) = installation.pids("redis")
    os.kill(server, signal.SIGKILL)
    run_ids = _accepted(client, receiver, 2)
    _check_each_ended_once(client, receiver, run_ids)


def test_with_redis_hanging_accepts_still_give_202_and_the_work_is_done(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    (server,) = installation.until(lambda: installation.pids("redis"))
    installation.pause(server)
    try:
        run_ids = _accepted(client, receiver, 2)
        _check_each_ended_once(client, receiver, run_ids)
    finally:
        installation.resume(server)


def test_cancel_and_finish_race_to_one_end_each(installation: Installation, client: Client, receiver: Receiver) -> None:
    run_ids = [
        client.submit("generor.generators.generate", JOKE | {"prompt": f"joke {n}"}, callback_url=receiver.url)["id"]
        for n in range(24)
    ]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda one: client.call("POST", f"/v1/runs/{one}/cancel").status_code, run_ids))
    assert set(statuses) <= {200, 409}
    for run_id, status in zip(run_ids, statuses, strict=True):
        run = client.ended(run_id)
        assert run["status"] == ("canceled" if status == 200 else "completed")
        assert client.charges(run_id) == ([] if status == 200 else [1])
        (told,) = receiver.of(run_id)
        assert told.event["type"] == f"run.{run['status']}"
    client.check_books()


def test_told_to_stop_it_finishes_what_is_in_hand(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    run_ids = _accepted(client, receiver, 2)
    installation.until(lambda: _in_hand(installation, run_ids))
    assert installation.stop() == 0
    assert not installation.rows("SELECT id FROM runs WHERE slot = 'claimed'")
    assert not installation.rows("SELECT id FROM workers")
    installation.start()
    _check_each_ended_once(client, receiver, run_ids)
