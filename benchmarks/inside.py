"""A Genhook within this process that has already ended many runs, and the time on a processor that its work takes."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import text, update

from benchmarks.filled import fill
from benchmarks.processes import children, computed, parent
from service.delivery.book import Attempted, Book, Due
from service.delivery.schedule import Decision, Receipt
from service.delivery.shards import SHARDS
from service.processes.lane import Lane
from service.store.clock import now
from service.store.heartbeat import Heartbeat
from service.store.migrate import migrate
from service.store.tables import api_keys
from tests.support.house import Account, House
from tests.support.valkey import Valkey

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about time"}
CALLBACK = "http://127.0.0.1:9/hook"
ALL = range(SHARDS)


class Inside:
    """One account's service, worker and deliverer, each called as its process would."""

    def __init__(self, house: House) -> None:
        """Make the account; nothing has run yet."""
        self._house, self._numbers = house, count()
        # It never beats: nobody looks for dead workers here, and while runs are filled in nothing else can write.
        heart = Heartbeat(house.context.database, "worker")
        self._lane = Lane("quick", house.context, heart, threading.Event())
        self._book = Book(house.context.database, heart.id)
        self._account = house.account("enterprise", credits=10_000_000)
        self._server = _server(house)

    def computing(self) -> float:
        """Return the seconds on a processor so far, of this process and of PostgreSQL's."""
        own = time.process_time()
        return own if self._server is None else own + sum(map(computed, children(self._server)))

    def fresh_key(self) -> None:
        """Replace the account's key: each may ask so often a minute."""
        made = self._account
        revoked = update(api_keys).where(api_keys.c.account_id == made.id).values(revoked_at=now())
        self._house.context.database.write(lambda db: db.execute(revoked))
        self._account = Account(self._house, made.name, made.id, made.user_id, made.secret)
        self._account.key("generor")

    def ended(self, number: int) -> None:
        """Let one run end and its callback be delivered, and add copies of it."""
        self.due(1)
        run_id = self._post(f"/v1/actions/{GENERATE}").get_json()["id"]
        self.work()
        self.record()
        fill(self._house.context.database, run_id, number)

    def accept(self, number: int) -> int:
        """Accept runs, one at a time."""
        for _ in range(number):
            self._post(f"/v1/actions/{GENERATE}")
        return number

    def work(self, number: int = 1) -> int:
        """Work every run that is due."""
        self._lane._drain()
        return number

    def due(self, number: int) -> None:
        """Have just so many callbacks due."""
        self.work()
        self.record()
        self.fresh_key()
        self.accept(number)
        self.work()

    def look(self, times: int) -> int:
        """Look for what is due."""
        for _ in range(times):
            self._due()
        return times

    def record(self) -> int:
        """Record what is due as delivered."""
        due = self._due()
        if due:
            self._book.record([Attempted(one, 0, 5, Receipt(status=204), Decision("delivered")) for one in due])
        return len(due)

    def estimate(self, number: int) -> int:
        """Estimate."""
        for _ in range(number):
            answer = self._account.post(f"/v1/actions/{GENERATE}/estimate", {"input": JOKE})
            assert answer.status_code == 200, answer.text
        return number

    def get(self, path: str, times: int) -> int:
        """Read a page of a list."""
        for _ in range(times):
            answer = self._account.get(path)
            assert answer.status_code == 200, answer.text
        return times

    def _due(self) -> list[Due]:
        return self._book.look(ALL, ALL, (), 1000).due

    def _post(self, path: str) -> Any:
        headers = {"Idempotency-Key": f"cost-{next(self._numbers)}"}
        answer = self._account.post(path, {"input": JOKE, "callback_url": CALLBACK}, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer


@contextmanager
def inside(database_url: str, number: int) -> Iterator[Inside]:
    """Open one that has ended so many runs; `database_url` is empty for SQLite in a folder of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="genhook-bench-")))
        redis = Valkey()
        stack.callback(redis.close)
        if database_url:
            migrate(database_url)
        house = House(folder / "data", redis.url, database_url)
        stack.callback(house.close)
        made = Inside(house)
        made.ended(number)
        yield made


def _server(house: House) -> int | None:
    """Return PostgreSQL's first process, whose children do the work; None on SQLite."""
    database = house.context.database
    if database.sqlite:
        return None
    with database.read() as db:
        return parent(db.execute(text("SELECT pg_backend_pid()")).scalar_one())
