"""Waiting places are shared between accounts."""

from contextlib import ExitStack

import pytest

from service.errors import Busy
from service.runs.wait import Waiter
from tests.support.house import House


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
