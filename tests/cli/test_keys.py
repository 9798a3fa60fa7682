"""Keys from the command line."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from service.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation with the account ada."""
    assert _run(tmp_path, "accounts", "create", "ada").exit_code == 0
    return tmp_path


def _run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, words, env={"GENHOOK_DATA_DIR": str(folder)})


def test_a_key_is_printed_as_one_object_with_its_prefix(folder: Path) -> None:
    made = orjson.loads(_run(folder, "keys", "create", "ada", "--api", "generor", "--json").stdout)
    assert set(made) == {"api_key", "prefix"}
    assert made["api_key"].startswith(made["prefix"])


@pytest.mark.parametrize("scopes", ["", " , "])
def test_a_list_of_no_scopes_mints_no_key_with_all_of_them(folder: Path, scopes: str) -> None:
    told = _run(folder, "keys", "create", "ada", "--api", "generor", "--scopes", scopes)
    assert (told.exit_code, "--scopes names no scope" in told.output) == (2, True)
    assert orjson.loads(_run(folder, "keys", "list", "ada", "--json").stdout) == {"keys": []}
