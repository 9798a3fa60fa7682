"""Keys from the command line."""

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from service.cli import main


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the account ada, to be copied."""
    made = tmp_path_factory.mktemp("installation")
    assert _run(made, "accounts", "create", "ada").exit_code == 0
    return made


@pytest.fixture
def folder(installation: Path, tmp_path: Path) -> Path:
    """An installation of the test's own, with the account ada."""
    return shutil.copytree(installation, tmp_path, dirs_exist_ok=True)


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


def _json(folder: Path, *words: str) -> dict[str, Any]:
    done = _run(folder, *words, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer


def test_admin_and_operator_are_given_by_name_alone(folder: Path) -> None:
    usual = _json(folder, "keys", "create", "ada", "--api", "generor")
    full = _json(folder, "keys", "create", "ada", "--api", "generor", "--scopes", "read,admin,operator")
    scopes = {key["prefix"]: key["scopes"] for key in _json(folder, "keys", "list", "ada")["keys"]}
    assert scopes == {usual["prefix"]: ["read", "write", "generate"], full["prefix"]: ["read", "admin", "operator"]}


def test_a_key_is_limited_rotated_and_revoked_by_its_prefix(folder: Path) -> None:
    made = _json(folder, "keys", "create", "ada", "--api", "flixly", "--budget", "500/month")
    assert _json(folder, "keys", "set", "ada", made["prefix"], "--budget", "20/day")["budget"]["limit"] == 20
    fresh = _json(folder, "keys", "rotate", "ada", made["prefix"], "--grace", "1h")
    assert _json(folder, "keys", "list", "ada")["keys"][1]["budget"]["key"] == fresh["prefix"]
    assert _json(folder, "keys", "revoke", "ada", fresh["prefix"])["revoked"] == [fresh["prefix"]]
    assert [key["prefix"] for key in _json(folder, "keys", "list", "ada")["keys"]] == [made["prefix"]]


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "create", "ada", "--api", "shop"),
        ("keys", "create", "ada", "--api", "flixly", "--budget", "lots"),
        ("keys", "set", "ada", "flx_live_00000000"),
        ("keys", "rotate", "ada", "flx_live_00000000"),
        ("keys", "rotate", "ada", "flx_live_00000000", "--grace", "soon"),
        ("accounts", "set", "ada", "--budget", "5/week"),
        ("accounts", "suspend", "nobody"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder: Path, words: tuple[str, ...]) -> None:
    told = _run(folder, *words)
    assert told.exit_code in (1, 2)
    assert "Traceback" not in told.output
    assert _json(folder, "keys", "list", "ada") == {"keys": []}


def test_a_key_of_another_service_never_stands_in_argv(folder: Path) -> None:
    environment = {"GENHOOK_DATA_DIR": str(folder)}
    for words in (("providers", "set", "ada", "fal"), ("connections", "set", "ada", "flixly", "--key", "-")):
        done = CliRunner().invoke(main, words, env=environment, input="the-secret\n")
        assert done.exit_code == 0, done.output
        assert "the-secret" not in done.output
    assert CliRunner().invoke(main, ("providers", "set", "ada", "fal"), env=environment, input="").exit_code == 1


def test_an_account_is_limited_suspended_resumed_and_deleted(folder: Path) -> None:
    _json(folder, "accounts", "set", "ada", "--budget", "100/day", "--operator")
    assert _json(folder, "accounts", "show", "ada")["operator"] is True
    assert _json(folder, "accounts", "suspend", "ada") == {"name": "ada", "suspended": True, "canceled_runs": 0}
    assert _json(folder, "accounts", "show", "ada")["suspended_at"]
    assert _json(folder, "accounts", "resume", "ada") == {"name": "ada", "suspended": False}
    assert _run(folder, "accounts", "delete", "ada").exit_code == 1
    assert _json(folder, "accounts", "delete", "ada", "--yes")["deleted"] is True
    assert _run(folder, "accounts", "show", "ada").exit_code == 1
    assert "already" in _run(folder, "accounts", "create", "ada").output


def test_the_signing_key_is_rotated(folder: Path) -> None:
    told = _json(folder, "secrets", "rotate-signing-key", "--grace", "2h")
    assert (len(told["kid"]), set(told)) == (16, {"kid", "old_key_ends_at"})
    assert _json(folder, "secrets", "rewrap") == {"rewrapped": 0, "finished": True, "keys_on_old": []}
