"""Migrations end where the tables say, alone and in a crowd."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from service.store import migrate as migrations
from service.store.database import Database, unpooled
from service.store.migrate import UnknownRevision, Unreached, compared, head, migrate, revision, wait_until_reached
from service.store.tables import metadata

# The schema of the first version that another may run beside.
FIRST_RELEASED = "0008"
# Nobody listens at port 1.
NOWHERE = "postgresql+psycopg://genhook@127.0.0.1:1/genhook"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'genhook.db'}"


def written(database: Database) -> dict[str, str]:
    """Return what SQLite keeps of every index, spaces apart."""
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    with database.read() as db:
        return {name: re.sub(r"\s+", "", sql) for name, sql in db.execute(query)}


def test_migrations_and_tables_agree(url: str, tmp_path: Path) -> None:
    migrate(url)
    migrated = Database(url)
    made = Database(f"sqlite:///{tmp_path / 'made.db'}")
    made.write(metadata.create_all)

    with migrated.read() as db:
        opts = {"compare_type": True, "compare_server_default": True, "include_name": compared}
        context = MigrationContext.configure(db, opts=opts)
        assert compare_metadata(context, metadata) == []
    # Autogenerate does not look at the WHERE of a partial index.
    assert written(migrated) == written(made)


def test_a_second_migration_changes_nothing(url: str) -> None:
    migrate(url)
    before = written(Database(url))

    migrate(url)

    assert written(Database(url)) == before
    assert revision(Database(url)) == head()


@pytest.mark.processes
def test_processes_that_start_together_migrate_once(url: str) -> None:
    code = f"from service.store.migrate import migrate; migrate({url!r})"
    crowd = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]

    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in crowd]

    assert [code for _, code in ends] == [0, 0, 0, 0], ends
    assert revision(Database(url)) == head()


def test_a_migration_that_fails_half_way_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = migrations._upgrade

    def broken(db: object) -> None:
        upgrade(db)  # type: ignore[arg-type]
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(migrations, "_upgrade", broken)
    with pytest.raises(RuntimeError, match="power"):
        migrate(url)
    assert revision(Database(url)) is None

    monkeypatch.setattr(migrations, "_upgrade", upgrade)
    migrate(url)
    assert revision(Database(url)) == head()


def test_a_database_of_a_newer_version_is_refused_in_words(url: str) -> None:
    migrate(url)
    Database(url).write(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '9999'")))

    with pytest.raises(UnknownRevision, match="newer Genhook"):
        migrate(url)


def test_a_start_waits_for_a_database_for_a_bounded_time() -> None:
    pauses: list[float] = []
    with pytest.raises(Unreached, match=r"within 1 s\. .*Start the database, or correct DATABASE_URL"):
        wait_until_reached(NOWHERE, seconds=1.0, pause=pauses.append, every_s=0.0)
    assert pauses


def test_a_start_that_is_told_to_stop_waits_no_longer() -> None:
    wait_until_reached(NOWHERE, pause=lambda _seconds: True)


def test_a_file_is_not_waited_for(tmp_path: Path) -> None:
    wait_until_reached(f"sqlite:///{tmp_path / 'nowhere' / 'genhook.db'}")


def test_the_database_that_tests_run_on_has_the_tables_of_this_code(database: Database) -> None:
    assert revision(database) == head()
    with database.read() as db:
        opts = {"compare_type": True, "include_name": compared}
        assert compare_metadata(MigrationContext.configure(db, opts=opts), metadata) == []


def columns(db: Connection) -> dict[tuple[str, str], tuple[str, bool, bool]]:
    """Every column by table and name: its type, whether it may be null, and whether an insert may leave it out."""
    found = inspect(db)
    return {
        (table, column["name"]): (
            str(column["type"]),
            column["nullable"],
            column["nullable"] or column["default"] is not None or bool(column.get("primary_key")),
        )
        for table in found.get_table_names()
        for column in found.get_columns(table)
        if not table.startswith("creation_words")
    }


def test_each_migration_since_the_first_release_only_adds_what_may_be_left_out(url: str) -> None:
    """So the version before works beside it: `make test-operating` runs both."""
    script = ScriptDirectory.from_config(migrations._config())
    revisions = [one.revision for one in reversed(list(script.walk_revisions()))]
    released = revisions.index(FIRST_RELEASED)
    engine = unpooled(url)
    with engine.begin() as db:
        command.upgrade(migrations._config(db), FIRST_RELEASED)
        before = columns(db)
    for one in revisions[released + 1 :]:
        with engine.begin() as db:
            command.upgrade(migrations._config(db), one)
            after = columns(db)
        changed = {column: told for column, told in before.items() if after.get(column) != told}
        assert not changed, f"{one} changes or drops {changed}"
        tables = {table for table, _ in before}
        needed = [column for column in after.keys() - before.keys() if column[0] in tables and not after[column][2]]
        assert not needed, f"{one} adds what the version before does not write: {needed}"
        before = after
