"""Steps of runs in a worker."""

import errno
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from service.processes import worker
from service.store.objects import ObjectStore
from service.store.tables import runs
from tests.support.house import Account

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
    monkeypatch.setattr(worker, "LONGEST_BATCH_S", 0.0)
    joke = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about queues"}
    begun = [account.submit("generor.generators.generate", joke).get_json()["id"] for _ in range(8)]
    assert [account.ended(run_id, 60)["status"] for run_id in begun] == ["completed"] * 8
    with account.house.context.database.read() as db:
        assert set(db.execute(select(runs.c.losses).where(runs.c.id.in_(begun))).scalars()) == {0}
