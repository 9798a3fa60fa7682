"""Background threads: a failure is logged, and the work goes on."""

import threading
from collections.abc import Callable

import pytest

from service.telemetry import threads
from service.telemetry.threads import SupervisedThread


@pytest.mark.parametrize("failure", [TimeoutError, MemoryError, SystemExit, KeyError])
def test_a_background_thread_goes_on_after_any_exception(
    failure: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "PAUSE_S", 0.01)
    tries: list[int] = []
    stopping = threading.Event()

    def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise failure()
        stopping.wait(10)

    thread = SupervisedThread("test", work, stopping)
    thread.start()
    stopping_seen = _until(lambda: len(tries) == 3)
    stopping.set()
    thread.join(timeout=10)
    assert stopping_seen
    assert not thread.is_alive()


def test_a_background_thread_that_was_told_to_stop_is_not_begun_again() -> None:
    stopping = threading.Event()

    def work() -> None:
        stopping.set()
        raise ValueError("on the way out")

    thread = SupervisedThread("test", work, stopping)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()


def _until(wanted: Callable[[], bool]) -> bool:
    waiting = threading.Event()
    return any(wanted() or waiting.wait(0.01) for _ in range(1000))
