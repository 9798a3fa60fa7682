"""Serving together what arrives together."""

import threading
import time
from collections.abc import Callable

import pytest

from service.store.database import CommitUncertain
from service.store.micro_batcher import Group, MicroBatcher


def at_once(calls: int, ask: Callable[[int], object]) -> dict[int, object]:
    """Return what each of so many threads is answered, or the kind of what it is raised."""
    answers: dict[int, object] = {}

    def one(number: int) -> None:
        try:
            answers[number] = ask(number)
        except Exception as error:
            answers[number] = type(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return answers


def test_everyone_gets_the_own_answer_and_those_who_wait_share_a_trip() -> None:
    trips: list[int] = []

    def serve(group: Group[int, int]) -> None:
        trips.append(len(group))
        time.sleep(0.05)
        for number, future in group:
            future.set_result(number * 2)

    assert at_once(20, MicroBatcher("doubling", serve).ask) == {number: number * 2 for number in range(20)}
    assert sum(trips) == 20
    assert len(trips) < 20


def test_a_group_that_fails_leaves_nobody_waiting_and_the_next_is_served() -> None:
    def serve(group: Group[int, int]) -> None:
        for number, future in group:
            future.set_result(10 // number)

    together = MicroBatcher("dividing", serve)
    with pytest.raises(ZeroDivisionError):
        together.ask(0)
    assert together.ask(5) == 2


def test_whoever_makes_a_group_fail_costs_its_neighbours_nothing() -> None:
    def serve(group: Group[int, int]) -> None:
        time.sleep(0.02)
        answers = [12 // number for number, _ in group]
        for (_, future), answer in zip(group, answers, strict=True):
            future.set_result(answer)

    answers = at_once(12, MicroBatcher("dividing", serve).ask)
    assert answers == {0: ZeroDivisionError} | {number: 12 // number for number in range(1, 12)}


def test_what_perhaps_is_done_is_not_done_again() -> None:
    served: list[int] = []

    def serve(group: Group[int, int]) -> None:
        time.sleep(0.02)
        served.extend(number for number, _ in group)
        raise CommitUncertain("The connection was lost while committing.")

    assert set(at_once(12, MicroBatcher("uncertain", serve).ask).values()) == {CommitUncertain}
    assert sorted(served) == list(range(12))
