"""Genhook in one process, for tests: a real database, a real Redis, real workers' lanes, and the Flask test client.

Only RQ's hop between processes is left out: a ring goes straight to the lane's thread.
"""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.accounts import accounts, keys
from service.accounts.crypt import Vault
from service.config import LANES, Settings
from service.context import Context, open_context
from service.processes.lane import Lane
from service.queue import Bell
from service.store.database import Database
from service.store.heartbeat import Heartbeat
from service.store.migrate import migrate
from service.store.tables import accounts as accounts_table
from service.store.tables import ledger, runs
from service.web.app import create_app
from tests.support import engines, once, postgres
from tests.support.answers import Checked
from tests.support.definitions import load

CREDITS = 10_000
# Off, the Flask route has every accept, which else has what the entrance leaves to it.
ENTRANCE = os.environ.get("GENHOOK_TEST_ENTRANCE", "on") == "on"
SECRET_KEYS = ("test-secret-key-of-32-characters",)
Found = TypeVar("Found")
once.make_once()


def through_entrance(app: Flask) -> Any:
    """The application as the edge asks it: what the entrance of accepts answers does not reach Flask."""
    flask, entrance = app.wsgi_app, app.extensions["genhook.entrance"]

    def application(environ: dict[str, Any], start: Any) -> Any:
        answer = entrance.answer([environ])[0] if entrance.takes(environ) else None
        if answer is None:
            return flask(environ, start)
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", answer.headers)
        return [answer.body]

    return application


class DirectBell(Bell):
    """Rings the lanes of this process; announces through Redis as ever."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.lanes: dict[str, Lane] = {}

    def ring(self, lane: str) -> None:
        if lane in self.lanes:
            self.lanes[lane]._rung.set()


@dataclass
class Account:
    """An account with keys of all three APIs, as its holder uses them."""

    house: "House"
    name: str
    id: str
    user_id: int
    secret: str

    def __post_init__(self) -> None:
        self.keys: dict[str, str] = {}
        self._minting = threading.Lock()

    def key(self, api: str, scopes: tuple[str, ...] = ()) -> str:
        """A key, minted at its first use (one for each set of scopes)."""
        label = f"{api}:{','.join(scopes)}"
        with self._minting:
            if label not in self.keys:
                self.keys[label] = self.house.mint(self.id, api, scopes)
        return self.keys[label]

    def call(
        self, method: str, path: str, api: str = "generor", scopes: tuple[str, ...] = (), **options: Any
    ) -> TestResponse:
        """A request with this account's key of `api`."""
        headers = {"Authorization": f"Bearer {self.key(api, scopes)}", **options.pop("headers", {})}
        return self.house.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, api: str = "generor", **options: Any) -> TestResponse:
        return self.call("GET", path, api, **options)

    def post(self, path: str, json: Any = None, api: str = "generor", **options: Any) -> TestResponse:
        return self.call("POST", path, api, json={} if json is None else json, **options)

    def submit(
        self, action: str, values: dict[str, Any], wait: int = 0, headers: dict[str, str] | None = None, **members: Any
    ) -> TestResponse:
        """POST /v1/actions/<id>."""
        path = f"/v1/actions/{action}" + (f"?wait={wait}" if wait else "")
        return self.post(path, {"input": values, **members}, headers=headers or {})

    def ended(self, run_id: str, seconds: float = 20) -> dict[str, Any]:
        """The run once it has ended."""
        return self.house.until(lambda: self._if_ended(run_id), seconds)

    def _if_ended(self, run_id: str) -> dict[str, Any] | None:
        answer = self.get(f"/v1/runs/{run_id}")
        if answer.status_code == 429:
            # A key has so many requests a minute, which a slow machine uses up: a fresh one goes on.
            del self.keys["generor:"]
            return None
        run = answer.get_json()
        return run if run["status"] in ("completed", "failed", "canceled") else None

    def balance(self) -> dict[str, int]:
        """Return what the ledger says, and what stands beside it: they must agree."""
        columns = [func.coalesce(func.sum(column), 0) for column in (ledger.c.paid, ledger.c.free, ledger.c.earned)]
        with self.house.context.database.read() as db:
            entries = tuple(db.execute(select(*columns).where(ledger.c.account_id == self.id)).one())
            row = db.execute(select(accounts_table).where(accounts_table.c.id == self.id)).one()
            holds = select(func.coalesce(func.sum(runs.c.held), 0)).where(runs.c.account_id == self.id)
            held = db.execute(holds.where(runs.c.slot != "ended")).scalar_one()
        assert entries == (row.paid, row.free, row.earned), "the balance is the sum of its entries"
        assert held == row.held, "what is held is the sum of the open holds"
        return {"total": sum(entries), "held": row.held}

    def charges(self, run_id: str) -> list[int]:
        """Every spend entry of a run, as credits."""
        spent = -(ledger.c.paid + ledger.c.free + ledger.c.earned)
        query = select(spent).where(ledger.c.run_id == run_id, ledger.c.type == "spend")
        with self.house.context.database.read() as db:
            return list(db.execute(query).scalars())


class House:
    """One Genhook with everything but the process boundaries; `database_url` names a migrated database, "" its own."""

    def __init__(self, folder: Path, redis_url: str, database_url: str = "", **settings: Any) -> None:
        self.settings = Settings(
            data_dir=folder,
            redis_url=redis_url,
            database_url=database_url,
            secret_keys=SECRET_KEYS,
            public_url="http://genhook.test",
            callback_allow=("127.0.0.0/8",),
            web_threads=40,
        )
        self.settings = replace(self.settings, **settings)
        if not database_url:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(_marked() if self.settings.secret_keys == SECRET_KEYS else migrated(), folder / "genhook.db")
        self.bell = DirectBell(redis_url)
        definitions = load(self.settings.definitions_dir, self.settings.schemas_dir)
        opened = open_context(self.settings, definitions)
        self.context: Context = replace(opened, bell=self.bell, engines=engines.shared())
        self.app = create_app(self.settings, self.context)
        self.app.test_client_class = Checked
        if ENTRANCE:
            self.app.wsgi_app = through_entrance(self.app)  # type: ignore[method-assign]
        self._stopping = threading.Event()
        self._heart: Heartbeat | None = None
        self._accounts = 0

    @property
    def client(self) -> FlaskClient:
        """A fresh client: Flask's is not for several threads."""
        return self.app.test_client()

    def work(self) -> None:
        """Let the lanes work from now on. Once: a second heart would beat for ever, and end the test process."""
        assert self._heart is None, "this Genhook works already"
        self._heart = Heartbeat(self.context.database, "worker")
        self._heart.start()
        self.bell.lanes = {name: Lane(name, self.context, self._heart, self._stopping) for name in LANES}
        for lane in self.bell.lanes.values():
            lane.start()
            lane._rung.set()

    def close(self) -> None:
        self._stopping.set()
        for lane in self.bell.lanes.values():
            lane._rung.set()
            lane.join(timeout=20)
        if self._heart is not None:
            self._heart.stop()
        self.context.closing.close()
        self.context.database.close()
        self.context.scratch.close()

    def account(self, plan: str = "pro", credits: int = CREDITS, name: str | None = None) -> Account:
        """A new account."""
        self._accounts += 1
        name = name or f"user{self._accounts}"
        made = self.context.database.write(
            lambda db: accounts.create(db, self.context.vault, name=name, plan=plan, credits=credits)
        )
        return Account(self, name, made.workspace_id, made.user_id, made.callback_secret)

    def mint(self, account_id: str, api: str, scopes: tuple[str, ...]) -> str:
        """A key of the account."""
        minted = self.context.database.write(
            lambda db: keys.mint(db, self.context.vault, account_id, self.context.definitions.apis[api], "test", scopes)
        )
        return minted.api_key

    @staticmethod
    def until(check: Callable[[], Found | None], seconds: float = 20) -> Found:
        """Return what `check` answers once it is neither None nor False."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = check()
            if answer is not None and answer is not False:
                return answer
            time.sleep(0.02)
        raise AssertionError(f"did not happen within {seconds} s")


@contextmanager
def opened(folder: Path, redis_url: str, **settings: Any) -> Iterator[House]:
    """A Genhook in which nobody works yet, on the databases that the tests run on."""
    with postgres.lent() as database_url:
        house = House(folder, redis_url, database_url, **settings)
        try:
            yield house
        finally:
            house.close()


@cache
def migrated() -> Path:
    """A SQLite database with every table and no row, made once a test process."""
    path = Path(tempfile.mkdtemp(prefix="genhook-template-")) / "genhook.db"
    migrate(f"sqlite:///{path}")
    return path


@cache
def _marked() -> Path:
    """The same, marked as a database of SECRET_KEYS, as the first start does."""
    path = Path(shutil.copy(migrated(), migrated().with_name("marked.db")))
    database = Database(f"sqlite:///{path}")
    Vault(SECRET_KEYS).check(database)
    database.close()
    return path
