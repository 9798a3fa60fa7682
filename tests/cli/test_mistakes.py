"""Operators' mistakes: each is told in a line that names what is wrong and what mends it, and nothing else happens."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main

SECRET = "secret-of-a-test-of-32-characters"
# Nobody listens at port 1.
NOWHERE = "postgresql://genhook@127.0.0.1:1/genhook"


def told(folder: Path, *words: str, **environment: str) -> str:
    """Run a command that must fail; its one line."""
    given = {"DATABASE_URL": "", "GENHOOK_SECRET_KEY": "", "GENHOOK_DATA_DIR": str(folder), **environment}
    done = CliRunner().invoke(main, words, env=given)
    assert done.exit_code == 1
    (line,) = done.stderr.strip().splitlines()
    return line


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.write_text("not a folder")
    return made


@pytest.mark.parametrize("command", ["up", "web", "worker", "callbacks run", "sweeper"])
@pytest.mark.parametrize("secret", ["", SECRET])
@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_data_dir_that_can_not_be_one(command: str, secret: str, below: str, file: Path) -> None:
    line = told(file / below, *command.split(), GENHOOK_SECRET_KEY=secret)
    assert f"The data dir {file / below} can't be used: not a directory." in line
    assert "GENHOOK_DATA_DIR" in line
    assert file.read_text() == "not a folder"


@pytest.mark.parametrize("command", ["accounts create ada", "keys create ada --api generor", "runs list"])
def test_a_database_that_is_not_there(command: str, tmp_path: Path) -> None:
    line = told(tmp_path, *command.split(), DATABASE_URL=NOWHERE, GENHOOK_SECRET_KEY=SECRET)
    assert "Start the database, or correct DATABASE_URL" in line


@pytest.mark.parametrize("command", ["up", "accounts create ada"])
def test_a_database_that_is_none(command: str, tmp_path: Path) -> None:
    (tmp_path / "genhook.db").write_bytes(b"no database at all" * 100)
    line = told(tmp_path, *command.split())
    assert "file is not a database. Restore a backup" in line


def test_the_doctor_names_the_setting_of_a_database_that_is_not_there(tmp_path: Path) -> None:
    given = {"DATABASE_URL": NOWHERE, "GENHOOK_SECRET_KEY": SECRET, "GENHOOK_DATA_DIR": str(tmp_path)}
    done = CliRunner().invoke(main, ["doctor"], env=given)
    assert done.exit_code == 1
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("WRONG database"))
    assert line.endswith("Start the database, or correct DATABASE_URL: its host, port, name, user and password.")
    assert "sqlalche.me" not in done.stdout


def test_a_host_that_is_not_this_machines(tmp_path: Path) -> None:
    # 192.0.2.0/24 is for documents alone.
    line = told(tmp_path, "up", HOST="192.0.2.1")
    assert "Can't listen on 192.0.2.1" in line
    assert "Let HOST be an address of this machine" in line
