"""Fixtures: each test has its own database; each test process its own Valkey, emptied before every test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service import logs
from tests.support.house import Account, House
from tests.support.valkey import Valkey


# As the processes do it: structlog's own default prints every local of every frame.
logs.configure()


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A real Valkey."""
    server = Valkey()
    yield server
    server.close()


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """An empty Redis."""
    valkey.client().flushall()
    return valkey.url


@pytest.fixture
def houses(tmp_path: Path, redis_url: str) -> Iterator[Callable[..., House]]:
    """Makes Genhooks with given settings; closes them."""
    made: list[House] = []

    def make(**settings: Any) -> House:
        folder = tmp_path / f"house-{len(made)}"
        made.append(House(folder, redis_url, os.environ.get("TEST_DATABASE_URL", ""), **settings))
        return made[-1]

    yield make
    for house in made:
        house.close()


@pytest.fixture
def idle_house(houses: Callable[..., House]) -> House:
    """A Genhook in which nobody works."""
    return houses()


@pytest.fixture
def house(idle_house: House) -> House:
    """A Genhook at work."""
    idle_house.work()
    return idle_house


@pytest.fixture
def account(house: House) -> Account:
    """An account on the pro plan with 10,000 credits."""
    return house.account()
