"""Memory for large values is bounded, and shared between accounts."""

import threading
from contextlib import ExitStack

import pytest

from service.errors import Busy
from service.store.memory_shares import LARGE, MOST_WAITING, MemoryShares

MEGABYTE = 1_000_000


def test_one_accounts_large_values_leave_others_their_memory() -> None:
    shares = MemoryShares(100 * MEGABYTE, patience_s=0.01)
    with ExitStack() as flood:
        flood.enter_context(shares.take("greedy", 30 * MEGABYTE))
        with pytest.raises(Busy) as refused:
            flood.enter_context(shares.take("greedy", 30 * MEGABYTE))
        assert refused.value.retry_after
        for account in ("one", "other"):
            flood.enter_context(shares.take(account, 30 * MEGABYTE))
        with pytest.raises(Busy):
            flood.enter_context(shares.take("third", 30 * MEGABYTE))
        # What is small is never refused.
        flood.enter_context(shares.take("greedy", LARGE - 1))
    with shares.take("third", 30 * MEGABYTE):
        pass


def test_a_value_larger_than_everything_comes_alone() -> None:
    shares = MemoryShares(10 * MEGABYTE, patience_s=0.01)
    with shares.take("one", 100 * MEGABYTE), pytest.raises(Busy), shares.take("other", 2 * MEGABYTE):
        pass


def test_who_waits_gets_the_memory_that_becomes_free() -> None:
    shares, got = MemoryShares(10 * MEGABYTE, patience_s=20), threading.Event()

    def wait() -> None:
        with shares.take("other", 8 * MEGABYTE):
            got.set()

    with shares.take("one", 8 * MEGABYTE):
        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        assert not got.wait(0.05)
    assert got.wait(20)


def test_so_many_requests_of_an_account_wait_and_no_more() -> None:
    shares, full = MemoryShares(10 * MEGABYTE, patience_s=20), threading.Event()
    refused: list[Busy] = []

    def wait() -> None:
        try:
            with shares.take("one", 8 * MEGABYTE):
                pass
        except Busy as error:
            refused.append(error)
            full.set()

    with shares.take("other", 8 * MEGABYTE):
        threads = [threading.Thread(target=wait, daemon=True) for _ in range(MOST_WAITING + 1)]
        for thread in threads:
            thread.start()
        assert full.wait(20)
    for thread in threads:
        thread.join(20)
    assert len(refused) == 1
