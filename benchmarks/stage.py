"""A Genhook in a folder of its own, with the processes that a benchmark asks for."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from service.accounts import accounts, keys
from service.accounts.crypt import Vault
from service.catalog import load as load_catalog
from service.config import Settings, load
from service.definitions import load as load_definitions
from service.store.database import Database
from service.store.migrate import migrate
from tests.support.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
# The largest plan allows this many requests a minute and key: a load needs many keys.
PER_KEY = 300
# A machine that is busy has long to start a process.
START_S = 120.0


@dataclass(frozen=True)
class Stage:
    """A database, a Redis, and the environment that every process of the service is given.

    `ids` are the processes at work, by the words that started each.
    """

    settings: Settings
    environment: dict[str, str]
    database: Database
    ids: dict[str, list[int]] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return self.settings.port

    def keys(self, requests: int, api: str = "flixly") -> list[str]:
        """Make API keys of one rich account, enough for that many requests within a minute."""
        vault = Vault(self.settings.secret_keys)
        name = f"load-{time.monotonic_ns()}"
        family = load_definitions(self.settings.definitions_dir, self.settings.schemas_dir).apis[api]

        def make(db: object) -> list[str]:
            made = accounts.create(db, vault, name=name, plan="enterprise", credits=10_000_000)  # type: ignore[arg-type]
            number = -(-requests // PER_KEY) + 1
            return [
                keys.mint(db, vault, made.workspace_id, family, f"k{n}").api_key  # type: ignore[arg-type]
                for n in range(number)
            ]

        load_catalog()
        return self.database.write(make)

    @contextmanager
    def process(self, *words: str) -> Iterator[int]:
        """Run `python -m service <words>` for a while, and tell its id; `web` is ready once it answers."""
        process = subprocess.Popen(
            [sys.executable, "-m", "service", *words],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            if words == ("web",):
                wait_for(self.settings.port, "/healthz", seconds=START_S, alive=lambda: process.poll() is None)
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=60)


@contextmanager
def stage(database_url: str, *processes: str, **environment: str) -> Iterator[Stage]:
    """A Genhook with these processes at work; `database_url` is empty for SQLite in its own folder."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="genhook-bench-")))
        redis = Valkey()
        stack.callback(redis.close)
        given = {
            "GENHOOK_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "GENHOOK_SECRET_KEY": secrets.token_hex(32),
            "REDIS_URL": redis.url,
            "PORT": str(free_port()),
            "CALLBACK_ALLOW": "127.0.0.0/8",
            "CALLBACK_RATE_PER_HOST": "0",
            **environment,
        }
        settings = load(given)
        migrate(settings.database)
        database = Database(settings.database)
        stack.callback(database.close)
        Vault(settings.secret_keys).check(database)
        made = Stage(settings, {**os.environ, **given}, database)
        for words in processes:
            made.ids.setdefault(words, []).append(stack.enter_context(made.process(*words.split())))
        yield made


def wait_for(
    port: int,
    path: str,
    seconds: float = 60,
    host: str = "127.0.0.1",
    alive: Callable[[], bool] = lambda: True,
) -> None:
    """Return once a GET is answered, for as long as who would answer is `alive`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert alive(), "the process ended while it started"
        try:
            if requests.get(f"http://{host}:{port}{path}", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise AssertionError(f"nothing answered at {path} within {seconds} s")


def free_port() -> int:
    """Return a port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
