"""Fixtures: each test has its own database; each test process its own Valkey, emptied before every test.

The databases are SQLite files, or lie on the PostgreSQL server that TEST_DATABASE_URL names (`make test-postgres`).
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service import logs
from service.store.database import Database
from tests.support import postgres
from tests.support.house import Account, House, migrated
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
def server_databases() -> Iterator[Callable[[], str]]:
    """Makes databases with every table on the server of TEST_DATABASE_URL; each one's URL, "" where none is named."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    made: list[str] = []

    def make() -> str:
        if server:
            made.append(postgres.fresh(server))
        return made[-1] if server else ""

    yield make
    for url in made:
        postgres.drop(url)


@pytest.fixture
def database(tmp_path: Path, server_databases: Callable[[], str]) -> Iterator[Database]:
    """A database with every table and no row."""
    url = server_databases()
    if not url:
        url = f"sqlite:///{shutil.copy(migrated(), tmp_path / 'alone.db')}"
    made = Database(url)
    yield made
    made.close()


@pytest.fixture
def houses(tmp_path: Path, redis_url: str, server_databases: Callable[[], str]) -> Iterator[Callable[..., House]]:
    """Makes Genhooks with given settings; closes them."""
    made: list[House] = []

    def make(**settings: Any) -> House:
        folder = tmp_path / f"house-{len(made)}"
        made.append(House(folder, redis_url, server_databases(), **settings))
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
