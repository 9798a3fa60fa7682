"""Trips to PostgreSQL, counted between client and server: what nobody reads makes none of its own."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from service.delivery.book import Attempted, Book
from service.delivery.schedule import Decision, Receipt
from service.processes.lane import Lane
from service.store import postgres as connections
from service.store.clock import now
from service.store.database import Database
from service.store.heartbeat import Heartbeat
from service.store.statements import Statement, enter, together
from service.store.tables import meta
from tests.support import postgres
from tests.support.house import House
from tests.support.postgres import PORT

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="PostgreSQL's own")
NAMES = Statement("test.names", select(meta.c.name).order_by(meta.c.name))
ADD = Statement("test.add", insert(meta).inline(), ["name", "value"])


class Counting:
    """A listener before the server that counts how often a client spoke and was answered."""

    def __init__(self, url: str) -> None:
        self._place = make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.trips = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The database's URL, by way of the listener."""
        port = self._listener.getsockname()[1]
        here = self._place.set(host="127.0.0.1", port=port).difference_update_query(["host"])
        return here.update_query_dict({"sslmode": "disable", "gssencmode": "disable"}).render_as_string(False)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(f"{self._place.query['host']}/.s.PGSQL.{PORT}")
                asking = threading.Event()
                for pair in ((client, server, asking.set), (server, client, lambda a=asking: self._answered(a))):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _answered(self, asking: threading.Event) -> None:
        self.trips += asking.is_set()
        asking.clear()

    def _pass_on(self, source: socket.socket, target: socket.socket, note: Any) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                note()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def counting() -> Iterator[Counting]:
    with postgres.lent() as url:
        counted = Counting(url)
        yield counted
        counted.close()


@pytest.fixture
def far(counting: Counting) -> Iterator[Database]:
    """A database at the end of the counted way, whose connection stands."""
    database = Database(counting.url)
    database.write(lambda db: db.execute(text("SELECT 1")))
    yield database
    database.close()


def _row(name: str) -> dict[str, str]:
    return {"name": name, "value": "v"}


def test_a_transaction_makes_a_trip_for_each_statement_that_is_read_and_one_for_the_rest(
    far: Database, counting: Counting
) -> None:
    def work(db: Any) -> list[str]:
        enter(db, meta, [_row("a"), _row("b"), _row("c")])
        ADD.run_each(db, [_row("d"), _row("e")])
        names = NAMES.column(db)
        ADD.put_off(db, **_row("f"))
        return names

    counting.trips = 0
    assert {*"abcde"} <= set(far.write(work))
    assert counting.trips == 2
    with far.read() as db:
        counting.trips = 0
        first, second = together(db, (NAMES, {}), (NAMES, {}))
    assert [row.name for row in first] == [row.name for row in second] == sorted([*"abcdef", "made_by"])
    assert counting.trips == 1


def test_what_is_put_off_goes_before_any_other_statement_and_fails_the_whole(far: Database) -> None:
    def read_after(db: Any) -> Any:
        ADD.put_off(db, **_row("a"))
        return db.execute(select(meta.c.value).where(meta.c.name == "a")).scalar_one()

    assert far.write(read_after) == "v"
    for reads in (False, True):

        def twice(db: Any, reads: bool = reads) -> None:
            ADD.put_off(db, **_row("b"))
            ADD.put_off(db, **_row("a"))
            if reads:
                NAMES.all(db)

        with pytest.raises(IntegrityError):
            far.write(twice)
        with far.read() as db:
            assert "b" not in NAMES.column(db)
    far.write(lambda db: ADD.put_off(db, **_row("b")))


def test_a_transaction_that_asks_nothing_makes_no_trip(far: Database, counting: Counting) -> None:
    counting.trips = 0
    far.write(lambda db: None)
    assert counting.trips == 0


def test_a_run_alone_takes_few_trips_from_the_ring_to_the_recorded_attempt(
    tmp_path: Path, redis_url: str, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No connection is asked whether it still stands, however slow the machine is.
    monkeypatch.setattr(connections, "FRESH_S", 60.0)
    house = House(tmp_path / "data", redis_url, counting.url)
    account, heart = house.account("enterprise"), Heartbeat(house.context.database, "worker")
    lane, book = Lane("quick", house.context, heart, threading.Event()), Book(house.context.database, heart.id)
    held = book.lease()
    took = []
    for _ in range(4):
        joke = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke"}
        answer = account.submit("generor.generators.generate", joke, callback_url="http://127.0.0.1:9/")
        assert answer.status_code == 202
        counting.trips = 0
        lane._drain()
        worked, counting.trips = counting.trips, 0
        (due,) = book.look(held, held, [], 128).due
        looked, counting.trips = counting.trips, 0
        book.record([Attempted(due, now(), 3, Receipt(204, b""), Decision("delivered"))])
        took.append((worked, looked, counting.trips))
    house.close()
    # Is there one, three to claim it, five to end it, is there another. What the web notes beside comes at any time.
    assert tuple(map(min, zip(*took, strict=True))) == (10, 1, 2), took
