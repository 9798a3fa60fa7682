"""Genhook as an operator runs it: `python -m service up` in a data dir of its own, with every process real.

Processes are found in /proc by the supervisor's pid, so that a test can kill what it wants to and nothing else.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import quote

import requests
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text

from service.cli import main
from tests.support import postgres

PROGRAM = (sys.executable, "-m", "service")
ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "engine": ("-m", "service.processes.engine"),
    "web": ("service", "web"),
    "worker": ("service", "worker"),
    "callbacks": ("service", "callbacks"),
    "sweeper": ("service", "sweeper"),
    "redis": ("unixsocket",),
}


class Installation:
    """One data dir and the `up` that runs on it."""

    def __init__(
        self,
        folder: Path,
        workers: int = 2,
        within: Sequence[str] = (),
        program: Sequence[str] = PROGRAM,
        cwd: Path = ROOT,
        **environment: str,
    ) -> None:
        """`within` are the words before the program: what starts it on another machine, as it were."""
        self.folder = folder
        self._within, self._program, self._cwd = within, program, cwd
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._workers = workers
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_API_KEY"))},
            "GENHOOK_DATA_DIR": str(folder),
            "PORT": str(self.port),
            "CALLBACK_ALLOW": "127.0.0.0/8",
            **environment,
        }
        server = os.environ.get("TEST_DATABASE_URL")
        if server:
            self._environment.setdefault("DATABASE_URL", postgres.empty(server))
            self._environment.setdefault("GENHOOK_SECRET_KEY", "installation-secret-of-32-characters")
        self._up: subprocess.Popen[bytes] | None = None
        self._engine: Engine | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Return what the processes that are started from now on are given."""
        return self._environment

    # Starting and stopping

    def __enter__(self) -> Self:
        """Start it, and close it at the end: `with Installation(…) as made: yield made`."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """`up`, until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            command = [*self._within, *self._program, "up", "--workers", str(self._workers)]
            self._up = subprocess.Popen(command, env=self._environment, cwd=self._cwd, stdout=log, stderr=log)
        try:
            self.until(self.ready, 180)
        except AssertionError:
            # No fixture gets to close what never was ready.
            self.close()
            raise

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def ready(self) -> bool:
        assert self._up is not None
        assert self._up.poll() is None, f"up ended: {self.log.read_text()[-3000:]}"
        return self.answers("/readyz")

    def answers(self, path: str) -> bool:
        """Return whether a GET of `path` is a 200 now."""
        try:
            return requests.get(f"{self.url}{path}", timeout=3).ok
        except requests.RequestException:
            return False

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._up is not None
        self._up.terminate()
        return self._up.wait(timeout=60)

    def close(self) -> None:
        """End whatever is left, at once."""
        if self._up is not None and self._up.poll() is None:
            self.kill_everything()
        if self._engine is not None:
            self._engine.dispose()

    # What runs

    def pids(self, kind: str) -> list[int]:
        """The processes of a kind that run now: web, worker, callbacks, sweeper, redis."""
        assert self._up is not None
        return [pid for pid in pids_below(self._up.pid) if _is(kind, pid)]

    def kill(self, kind: str) -> list[int]:
        """`kill -9` every process of a kind, and what it started: no child answers for its dead parent."""
        killed = self.pids(kind)
        for pid in [*killed, *(child for parent in killed for child in pids_below(parent))]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return killed

    @staticmethod
    def pause(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)

    @staticmethod
    def resume(pid: int) -> None:
        os.kill(pid, signal.SIGCONT)

    def kill_supervisor(self) -> None:
        """`kill -9` the supervisor alone."""
        assert self._up is not None
        self._up.kill()
        self._up.wait()

    def kill_everything(self) -> None:
        """`kill -9` the supervisor and all its processes at once."""
        assert self._up is not None
        for pid in [self._up.pid, *pids_below(self._up.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._up.wait()

    # What an operator and a caller do

    def cli(self, *words: str) -> dict[str, Any]:
        """A command's JSON answer. It runs in this process where it can: a program of its own takes two seconds."""
        if self._within or self._program != PROGRAM:
            done = self.run(*words, "--json")
            assert done.returncode == 0, done.stderr
            printed = done.stdout
        else:
            printed = self._command(*words, "--json")
        answer: dict[str, Any] = json.loads(printed)
        return answer

    def _command(self, *words: str) -> str:
        # Click's runner only adds to the environment: a None takes away.
        environment = {**dict.fromkeys(os.environ), **self._environment}
        umask = os.umask(0o077)
        try:
            done = CliRunner().invoke(main, words, env=environment)
        finally:
            os.umask(umask)
        assert done.exit_code == 0, done.output
        return done.stdout

    def run(
        self, *words: str, environment: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        """A command, as it ends."""
        command = [*self._within, *self._program, *words]
        given = {**self._environment, **environment}
        return subprocess.run(command, env=given, cwd=self._cwd, capture_output=True, text=True, timeout=60)

    def account(self, name: str, plan: str = "pro", credits: int = 100_000) -> "Client":
        """A new account with a key of each API."""
        made = self.cli("accounts", "create", name, "--plan", plan, "--credits", str(credits))
        keys = {api: self.cli("keys", "create", name, "--api", api)["api_key"] for api in ("flokan", "generor")}
        return Client(self, made, keys)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Return what a query reads from the database, from outside."""
        with self.engine.connect() as db:
            return list(db.execute(text(query), values).all())

    @property
    def engine(self) -> Engine:
        """The database, from outside."""
        if self._engine is None:
            url = self._environment.get("DATABASE_URL") or f"sqlite:///{quote(str(self.folder / 'genhook.db'))}"
            self._engine = create_engine(url)
        return self._engine

    @staticmethod
    def until(wanted: Callable[[], Any], seconds: float = 30) -> Any:
        """Return what `wanted` answers once that is true. Raises AssertionError after `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = wanted()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} s: {wanted}")


class Client:
    """An account as its holder uses it from outside."""

    def __init__(self, installation: Installation, made: dict[str, Any], keys: dict[str, str]) -> None:
        self.installation, self.keys = installation, keys
        self.name, self.id, self.secret = made["name"], made["workspace_id"], made["callback_secret"]

    def call(self, method: str, path: str, api: str = "generor", **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.keys[api]}", **options.pop("headers", {})}
        return requests.request(
            method, self.installation.url + path, headers=headers, timeout=options.pop("timeout", 60), **options
        )

    def submit(self, action: str, values: dict[str, Any], key: str | None = None, **members: Any) -> dict[str, Any]:
        """POST /v1/actions/<id>: the run, which is accepted."""
        headers = {} if key is None else {"Idempotency-Key": key}
        answer = self.call("POST", f"/v1/actions/{action}", json={"input": values, **members}, headers=headers)
        assert answer.status_code in (200, 202), answer.text
        run: dict[str, Any] = answer.json()
        return run

    def run(self, run_id: str) -> dict[str, Any]:
        answer = self.call("GET", f"/v1/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        run: dict[str, Any] = answer.json()
        return run

    def ended(self, run_id: str, seconds: float = 60) -> dict[str, Any]:
        """The run once it has ended. The database is asked, so that waiting uses up no rate limit."""
        ended = "SELECT id FROM runs WHERE id = :run AND slot = 'ended'"
        self.installation.until(lambda: self.installation.rows(ended, run=run_id), seconds)
        self.installation.until(lambda: self.installation.answers("/healthz"), seconds)
        return self.run(run_id)

    def charges(self, run_id: str) -> list[int]:
        """Every spend entry of the run, as credits."""
        query = "SELECT -(paid + free + earned) AS spent FROM ledger WHERE run_id = :run AND type = 'spend'"
        return [row.spent for row in self.installation.rows(query, run=run_id)]

    def check_books(self) -> None:
        """The balance is the sum of the ledger, and nothing is held without an open run."""
        (entries,) = self.installation.rows(
            "SELECT coalesce(sum(paid + free + earned), 0) AS total FROM ledger WHERE account_id = :id", id=self.id
        )
        (row,) = self.installation.rows(
            "SELECT paid + free + earned AS total, held FROM accounts WHERE id = :id", id=self.id
        )
        (holds,) = self.installation.rows(
            "SELECT coalesce(sum(held), 0) AS held FROM runs WHERE account_id = :id AND slot != 'ended'", id=self.id
        )
        assert (row.total, row.held) == (entries.total, holds.held)


def free_port() -> int:
    """Return a port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pids_below(pid: int) -> list[int]:
    """Every process below `pid`."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, frontier = [], [pid]
    while frontier:
        frontier = [child for parent in frontier for child in parents.get(parent, [])]
        found += frontier
    return found


def _is(kind: str, pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
    return "\0".join(KINDS[kind]) in command
