"""Steps of runs in a worker."""

import errno
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from service.processes import lane
from service.runs import finish
from service.runs.finish import Outcome
from service.store.heartbeat import Heartbeat
from service.store.objects import ObjectStore
from service.store.tables import runs
from tests.support.house import Account, House

PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}


def failing_once(put: Callable[..., int]) -> Callable[..., int]:
    """Fail as a full disk does, the first time."""
    tried: list[str] = []

    def put_or_fail(self: ObjectStore, key: str, *rest: Any) -> int:
        tried.append(key)
        if len(tried) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return put(self, key, *rest)

    return put_or_fail


def test_a_run_waits_for_a_disk_that_is_full(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ObjectStore, "put", failing_once(ObjectStore.put))
    run = account.ended(account.submit("generor.generators.generate", PICTURE).get_json()["id"], 60)
    assert run["status"] == "completed", run["error"]
    assert account.charges(run["id"]) == [run["credits_charged"]]


def test_a_batch_that_takes_long_is_put_back_and_nothing_is_lost(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "LONGEST_BATCH_S", 0.0)
    joke = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about queues"}
    begun = [account.submit("generor.generators.generate", joke).get_json()["id"] for _ in range(8)]
    assert [account.ended(run_id, 60)["status"] for run_id in begun] == ["completed"] * 8
    with account.house.context.database.read() as db:
        assert set(db.execute(select(runs.c.losses).where(runs.c.id.in_(begun))).scalars()) == {0}


def test_texts_whose_commit_failed_are_made_again_and_charged_once(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, failed = finish.commit, []

    def failing_once(context: Any, outcomes: Sequence[Outcome], present: Any) -> None:
        if not failed:
            failed.extend(outcomes)
            raise OSError("broken")
        commit(context, outcomes, present)

    monkeypatch.setattr(lane, "LOOK_S", 0.05)
    monkeypatch.setattr(finish, "commit", failing_once)
    joke = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about queues"}
    begun = [account.submit("generor.generators.generate", joke).get_json()["id"] for _ in range(8)]
    assert [account.ended(run_id, 60)["status"] for run_id in begun] == ["completed"] * 8
    assert [account.charges(run_id) for run_id in begun] == [[1]] * 8
    assert failed
    account.balance()


def test_a_backlog_of_texts_is_committed_in_groups(idle_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, groups = finish.commit, []

    def noting(context: Any, outcomes: Sequence[Outcome], present: Any) -> None:
        groups.append(len(outcomes))
        commit(context, outcomes, present)

    monkeypatch.setattr(finish, "commit", noting)
    monkeypatch.setattr(lane, "COMMIT_S", 30.0)
    account = idle_house.account()
    joke = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about groups"}
    begun = [account.submit("generor.generators.generate", joke).get_json()["id"] for _ in range(12)]
    heart = Heartbeat(idle_house.context.database, "worker")
    one = lane.Lane("quick", idle_house.context, heart, threading.Event())
    monkeypatch.setattr(lane, "BATCH", 8)
    one._run_s = 0.001
    one._drain()
    assert [account.get(f"/v1/runs/{run_id}").get_json()["status"] for run_id in begun] == ["completed"] * 12
    assert (groups[0], sum(groups)) == (8, 12)
    assert not one._in_hand
