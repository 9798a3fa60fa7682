"""Steps of runs in a worker."""

import errno
from collections.abc import Callable
from typing import Any

import pytest

from service.store.objects import ObjectStore
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
