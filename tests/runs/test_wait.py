"""Waiting places are shared between accounts."""

from contextlib import ExitStack

import pytest

from service.errors import Busy
from service.runs.wait import Waiter
from tests.support.house import House

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about queues"}
REST = {name: value for name, value in JOKE.items() if name != "slug"}


def test_one_accounts_flood_leaves_others_a_place(idle_house: House) -> None:
    waiter = Waiter(idle_house.context, 16)
    with ExitStack() as flood:
        for _ in range(12):
            flood.enter_context(waiter.place("greedy"))
        with pytest.raises(Busy) as refused:
            flood.enter_context(waiter.place("greedy"))
        assert refused.value.retry_after

        for account in ("one", "other", "third"):
            flood.enter_context(waiter.place(account))


def test_a_place_that_was_left_is_free_again(idle_house: House) -> None:
    waiter = Waiter(idle_house.context, 1)
    for _ in range(3):
        with waiter.place("one"), pytest.raises(Busy), waiter.place("other"):
            pass


def test_replays_of_one_run_wait_in_a_third_of_the_places(idle_house: House) -> None:
    waiter = Waiter(idle_house.context, 15)
    with ExitStack() as replays:
        for _ in range(5):
            replays.enter_context(waiter.place_for("run_one"))
        with pytest.raises(Busy) as refused:
            replays.enter_context(waiter.place_for("run_one"))
        replays.enter_context(waiter.place_for("run_two"))
        assert refused.value.retry_after
    with waiter.place_for("run_one"):
        pass


def test_a_replay_beyond_is_told_at_once_how_far_the_run_is(idle_house: House) -> None:
    account, waiter = idle_house.account(), idle_house.app.extensions["genhook"].waiter
    path, key = "/v1/actions/generor.generators.generate", {"Idempotency-Key": "again"}
    run = account.post(path, {"input": JOKE}, headers=key).get_json()
    with ExitStack() as others:
        for _ in range(waiter.most_a_run):
            others.enter_context(waiter.place_for(run["id"]))
        replay = account.post(f"{path}?wait=30", {"input": JOKE}, headers=key)
        rest = account.post("/api/v1/generators/joke/generate", REST, headers=key)
    assert (replay.status_code, replay.get_json()["status"]) == (200, "queued")
    assert (rest.status_code, "Retry-After" in rest.headers) == (503, True)
