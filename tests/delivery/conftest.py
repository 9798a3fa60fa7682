"""Fixtures of the tests of deliveries: a Genhook in which runs are made and nobody delivers."""

from collections.abc import Callable, Iterator

import pytest

from service.delivery.book import ROLE, Book
from service.store.heartbeat import Heartbeat
from tests.support.house import House


@pytest.fixture
def deliverers(house: House) -> Iterator[Callable[[], Book]]:
    """Makes deliverers, each with its own life."""
    lives: list[Heartbeat] = []

    def make() -> Book:
        lives.append(Heartbeat(house.context.database, ROLE))
        lives[-1].start()
        return Book(house.context.database, lives[-1].id)

    yield make
    for life in lives:
        life.stop()


@pytest.fixture
def book(deliverers: Callable[[], Book]) -> Book:
    return deliverers()
