"""Migrations end where the tables say, alone and in a crowd."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from service.store import migrate as migrations
from service.store.database import Database
from service.store.migrate import UnknownRevision, compared, head, migrate, revision
from service.store.tables import metadata


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


def test_the_database_that_tests_run_on_has_the_tables_of_this_code(database: Database) -> None:
    assert revision(database) == head()
    with database.read() as db:
        opts = {"compare_type": True, "include_name": compared}
        assert compare_metadata(MigrationContext.configure(db, opts=opts), metadata) == []
