"""Fixtures of the tests of a run's life."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from service.generation.engine import Finished
from service.operations import handlers
from service.processes.lane import Lane
from service.runs import finish
from service.runs.claim import Claim, claim
from service.runs.finish import Outcome
from service.store.heartbeat import Heartbeat
from tests.support.house import Account, House


@dataclass
class Worker:
    """A worker whose steps a test takes one by one, and which may die at any of them."""

    house: House
    lane: str = "quick"
    heart: Heartbeat = field(init=False)

    def __post_init__(self) -> None:
        self.heart = Heartbeat(self.house.context.database, "worker")
        self.heart.start()
        # Not started: a lane's step, without its thread.
        self.step = Lane(self.lane, self.house.context, self.heart, threading.Event())._steps.step

    def claim(self, most: int = 32) -> list[Claim]:
        return claim(self.house.context, self.heart.id, self.lane, most)

    def advance(self, claimed: Claim) -> Outcome:
        """Make what was ordered, and keep its files; nothing is committed."""
        outcome = self.step(claimed)
        assert isinstance(outcome.result, Finished), outcome.result
        return outcome

    def commit(self, *outcomes: Outcome) -> None:
        finish.commit(self.house.context, outcomes, handlers.present)

    def work(self) -> None:
        """Claim, make and commit what is due."""
        for claimed in self.claim():
            self.commit(self.advance(claimed))


@pytest.fixture
def account(idle_house: House) -> Account:
    """An account of a Genhook in which only the test's own workers work."""
    return idle_house.account()


@pytest.fixture
def workers(idle_house: House) -> Iterator[Callable[..., Worker]]:
    """Makes workers; none of them outlives the test."""
    made: list[Worker] = []

    def make(lane: str = "quick") -> Worker:
        made.append(Worker(idle_house, lane))
        return made[-1]

    yield make
    for worker in made:
        worker.heart.stop()
