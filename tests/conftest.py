"""Fixtures: each test has its own database; each test process its own Valkey, emptied before every test.

The databases are SQLite files, or lie on the PostgreSQL server that TEST_DATABASE_URL names (`make test-postgres`).
"""

import gc
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from service import logs
from service.store.database import Database
from tests.support import postgres
from tests.support.house import Account, House, migrated, opened
from tests.support.valkey import Valkey

# As the processes do it: structlog's own default prints every local of every frame.
logs.configure()


HERE = Path(__file__).parent
LONGEST_ID = 200
LEFT_OUT = {"slow", "processes", "engines"}
# Of a test's many cases that each open a Genhook, a quick run takes the first of these.
FEW_CASES = 3
# What a folder's tests need; a test with other needs says so by its own mark.
NEEDS = {
    "apis": "slow",
    "conformance": "slow",
    "e2e": "processes",
    "extensions": "slow",
    "hosted": "slow",
    "hostile": "processes",
    "openapi": "slow",
    "providers": "slow",
    "sandbox": "engines",
}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from what lives as long as the tests: it spent a quarter of their time on that.

    A Genhook that has closed leaves a megabyte, so it need not look often either.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        gc.enable()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a long text or long bytes by their beginning and length: megabytes in an id go to every test process."""
    if not isinstance(val, str | bytes) or len(val) <= LONGEST_ID:
        return None
    return f"{ascii(val[:40]).strip(chr(39))}... {len(val)} long"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--quick`, which `make test-quick` gives."""
    parser.addoption("--quick", action="store_true", help="leave out what is marked " + ", ".join(sorted(LEFT_OUT)))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spare a quick run the import of what it leaves out: a quarter of its time, in each process."""
    left_out = config.getoption("quick") and collection_path.parent == HERE and collection_path.name in NEEDS
    return True if left_out else None


@pytest.hookimpl(tryfirst=True)  # xdist adds the groups to the ids afterwards
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by their folder, and give each an id of its own; a quick run leaves the marked ones out.

    Schemathesis names its tests by their operation, their ids all alike: in parallel only one of them would run.
    """
    for item in items:
        if item.parent is not None and not item.nodeid.endswith(item.name):
            item._nodeid = f"{item.parent.nodeid}::{item.name}"
        folder = item.path.relative_to(HERE).parts[0]
        if folder in NEEDS:
            item.add_marker(NEEDS[folder])
    if config.getoption("quick"):
        left_out = [item for item in items if any(mark.name in LEFT_OUT for mark in item.iter_markers())]
        left_out += _later_cases(items)
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _later_cases(items: list[pytest.Item]) -> list[pytest.Item]:
    """List the cases beyond the first few of the tests that open a Genhook for each."""
    cases: Counter[str] = Counter()
    later = []
    for item in items:
        if "houses" in getattr(item, "fixturenames", ()):
            test = item.nodeid.partition("[")[0]
            cases[test] += 1
            later += [item] if cases[test] > FEW_CASES else []
    return later


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A real Valkey."""
    server = Valkey()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def temporary_folder() -> Iterator[None]:
    """Processes of the service take a temporary folder of their own for all that they do; a test's ends with it."""
    before = tempfile.tempdir
    yield
    tempfile.tempdir = before


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """An empty Redis."""
    valkey.client().flushall()
    return valkey.url


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with every table and no row."""
    with postgres.lent() as url:
        made = Database(url or f"sqlite:///{shutil.copy(migrated(), tmp_path / 'alone.db')}")
        yield made
        made.close()


@pytest.fixture
def houses(tmp_path: Path, redis_url: str) -> Iterator[Callable[..., House]]:
    """Makes Genhooks with given settings; closes them."""
    with ExitStack() as open_houses:

        def make(**settings: Any) -> House:
            folder = Path(tempfile.mkdtemp(prefix="house-", dir=tmp_path))
            return open_houses.enter_context(opened(folder, redis_url, **settings))

        yield make


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
