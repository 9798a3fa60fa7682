"""What the documents' tests share: a stopped clock for the limits, and how an example is held against an answer."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.catalog import Catalog, load
from service.errors import ServiceError
from service.queue import ENDED
from service.runs.terminate import end, error_json
from tests.support.house import Account, House, opened
from tests.support.valkey import Valkey

HERE = Path(__file__).parent
ROWS: list[dict[str, str]] = json.loads((HERE / "rows.json").read_text())
COVERAGE: list[dict[str, str]] = json.loads((HERE / "coverage.json").read_text())
# 2026-02-20 12:00:00 UTC: a minute and an hour begin, a day is half over.
NOON = 1_771_588_800
PUBLIC_ADDRESS = "93.184.216.34"
FIRST_ADDRESS = ip_address("198.18.0.0")
_CALLERS = count()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[House]:
    """A Genhook in which nobody works, for tests that each make their own accounts in it."""
    with opened(tmp_path_factory.mktemp("shared") / "house", valkey.url) as house:
        yield house


@pytest.fixture(scope="session")
def stopped(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[House]:
    """Another, in which it is always noon."""
    with opened(tmp_path_factory.mktemp("stopped") / "house", valkey.url) as house:
        house.app.extensions["genhook.gate"]._limiter._clock = lambda: float(NOON)
        yield house


@pytest.fixture
def frozen(stopped: House, redis_url: str) -> House:
    """A Genhook in which no window of the rate limits ever ends, and nothing is counted yet in Redis."""
    assert redis_url == stopped.settings.redis
    return stopped


@pytest.fixture
def me(shared: House) -> Account:
    """A new account with the highest limits, where nobody works."""
    return shared.account("enterprise")


@pytest.fixture
def addresses() -> Iterator[dict[str, str]]:
    """One caller after another: an address without a key has fifteen requests a minute."""
    return ({"REMOTE_ADDR": str(FIRST_ADDRESS + next(_CALLERS))} for _ in count())


@pytest.fixture
def named_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The documents' example host has a public address."""
    asked = socket.getaddrinfo

    def found(host: Any, port: Any, *more: Any, **options: Any) -> list[Any]:
        return asked(PUBLIC_ADDRESS if host == "example.com" else host, port, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.fixture
def failing() -> Callable[[Account, Callable[[], TestResponse], ServiceError], TestResponse]:
    """Return what a REST generate answers whose run ends by this error. Nobody may be at work."""

    def call(account: Account, generate: Callable[[], TestResponse], error: ServiceError) -> TestResponse:
        def fail() -> None:
            runs = account.house.until(lambda: account.get("/v1/runs?status=queued").get_json()["data"] or None)
            account.house.context.database.write(lambda db: end(db, runs[0]["id"], "failed", error_json(error)))
            account.house.context.bell.announce(ENDED, [runs[0]["id"]])

        failure = threading.Thread(target=fail)
        failure.start()
        answer = generate()
        failure.join()
        return answer

    return call


def alike(shown: Any, answered: Any, at: str = "") -> None:
    """Raises AssertionError where an answer lacks a member of the document's example, or has it with another type."""
    assert type(answered) is type(shown), f"{at}: {answered!r} is not like {shown!r}"
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert name in answered, f"{at}/{name} is missing"
            alike(value, answered[name], f"{at}/{name}")
    elif isinstance(shown, list):
        assert bool(answered) == bool(shown), f"{at} is empty, or is not"
        for place, value in enumerate(answered if shown else ()):
            alike(shown[0], value, f"{at}/{place}")


def limit_headers(answer: TestResponse) -> tuple[int, int, int]:
    """The limit, what remains of it, and the Unix second at which it begins anew."""
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    limit, remaining, reset = (int(answer.headers[name]) for name in names)
    assert 0 <= remaining <= limit
    assert reset % 60 == 0
    return limit, remaining, reset
