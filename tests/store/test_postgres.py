"""Connections to PostgreSQL that are kept: one that has ended is replaced before it is used, others are not asked."""

import os
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import text

from service.store import postgres
from service.store.database import Database

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="PostgreSQL's own")
MINE = text("SELECT pg_backend_pid()")


@pytest.fixture
def pings(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []
    ping = database.engine.dialect.do_ping
    monkeypatch.setattr(database.engine.dialect, "do_ping", lambda one: (asked.append(one), ping(one)))
    return asked


def opened(database: Database, number: int) -> list[int]:
    """So many connections of the pool, given back; the server's numbers of them."""
    with ExitStack() as stack:
        return [stack.enter_context(database.read()).execute(MINE).scalar_one() for _ in range(number)]


def test_connections_that_the_server_ended_are_replaced_before_they_are_used(database: Database) -> None:
    gone, other = opened(database, 4), Database(database.url)
    other.write(lambda db: [db.execute(text(f"SELECT pg_terminate_backend({pid}, 5000)")) for pid in gone])
    other.close()
    assert set(opened(database, 4)).isdisjoint(gone)
    assert database.write(lambda db: db.execute(text("SELECT 1")).scalar_one()) == 1


def test_a_connection_that_was_used_lately_is_not_asked_whether_it_stands(
    database: Database, pings: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "FRESH_S", 60.0)
    for _ in range(5):
        opened(database, 1)
    assert pings == []
    monkeypatch.setattr(postgres, "FRESH_S", 0.0)
    opened(database, 1)
    assert len(pings) == 1
