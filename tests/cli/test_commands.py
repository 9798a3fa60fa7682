"""Every command, as programs call it."""

import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner, Result

import service.cli
from service.accounts import usage
from service.cli import main
from service.store.database import Database
from tests.support.generated_usage import SECRET_KEY, fill
from tests.support.house import migrated

# Those that go on until they are told to stop.
SERVING = {"up", "web", "worker", "sweeper", "callbacks run"}
ENVIRONMENT = {"DATABASE_URL": "", "GENHOOK_SECRET_KEY": SECRET_KEY}
# Without anything set up; those that need more have tests of their own.
PLAIN = (
    "migrate",
    "usage",
    "runs list",
    "retention run",
    "secrets rewrap",
    "catalog drift",
    "completion bash",
    "completion zsh",
    "completion fish",
    "docs errors",
    "docs commands",
    "openapi",
)


def commands(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))
        else:
            yield " ".join((*above, name)), command


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, words, env=ENVIRONMENT | {"GENHOOK_DATA_DIR": str(folder)})


def told(folder: Path, *words: str) -> dict[str, Any]:
    done = run(folder, *words, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer


def test_every_command_that_ends_takes_json() -> None:
    lacking = [name for name, one in commands(main) if not any("--json" in option.opts for option in one.params)]
    assert set(lacking) == SERVING


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the account ada, and the account busy with some thousand generates."""
    made = tmp_path_factory.mktemp("installation")
    shutil.copy(migrated(), made / "genhook.db")
    assert run(made, "accounts", "create", "ada", "--credits", "10").exit_code == 0
    database = Database(f"sqlite:///{made / 'genhook.db'}")
    fill(database, 1000)
    database.write(usage.roll_up)
    database.close()
    return made


@pytest.mark.parametrize("words", PLAIN)
def test_json_is_one_object(folder: Path, words: str) -> None:
    assert isinstance(told(folder, *words.split()), dict)


def test_usage_is_what_the_ledger_charged(folder: Path) -> None:
    answer = told(folder, "usage", "busy", "--group-by", "day,action")
    assert answer["total"]["runs"] == 1000
    assert sum(line["credits"] for line in answer["data"]) == answer["total"]["credits"] > 0
    assert {line["action"] for line in answer["data"]} == {"generor.generators.generate"}


def test_usage_without_a_name_is_that_of_all_accounts(folder: Path) -> None:
    assert told(folder, "usage", "ada")["total"]["runs"] == 0
    assert told(folder, "usage")["total"] == told(folder, "usage", "busy")["total"]


def test_usage_counts_both_days_that_are_named(folder: Path) -> None:
    days = [line["day"] for line in told(folder, "usage", "busy", "--group-by", "day")["data"]]
    asked = told(folder, "usage", "busy", "--from", days[1], "--to", days[2], "--group-by", "day")["data"]
    assert [line["day"] for line in asked] == days[1:3]


def test_usage_for_people_is_a_table_with_its_total_last(folder: Path) -> None:
    lines = run(folder, "usage", "busy", "--group-by", "model").stdout.splitlines()
    assert lines[0].split()[:2] == ["model", "runs"]
    assert lines[-1].split()[:2] == ["total", "1000"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("usage --group-by day,action,model", 2, "at most two"),
        ("usage --group-by colour", 2, "colour is none of them"),
        ("usage --from yesterday", 2, "from is a day"),
        ("usage --from 2026-02-02 --to 2026-02-01", 2, "to must not be before from"),
        ("usage nobody", 1, "nobody"),
        ("runs show run_0", 1, "There is no run run_0."),
        ("runs watch run_0", 1, "There is no run run_0."),
        ("accounts set ada", 2, "Say what to change"),
        ("accounts suspend nobody", 1, "nobody"),
        ("keys rotate ada none", 1, "none"),
        ("nothing", 2, "No such command"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_exit_code(folder: Path, words: str, code: int, said: str) -> None:
    for json in ((), ("--json",)):
        done = run(folder, *words.split(), *json)
        assert (done.exit_code, done.stdout, said in done.stderr) == (code, "", True), done.stderr
        assert done.stderr.strip().splitlines()[-1].startswith("Error: ")


def test_a_process_starts_without_what_other_commands_need() -> None:
    words = (
        "import sys; from service.cli import main; main(['web', '--help'], standalone_mode=False); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout.split()
    assert "service.cli.processes" in loaded
    assert {"service.cli.maintenance", "service.cli.add", "service.maintenance", "service.packs"}.isdisjoint(loaded)


def test_every_command_that_a_module_makes_can_be_called() -> None:
    names = [f"service.cli.{found.name}" for found in pkgutil.iter_modules(service.cli.__path__)]
    made = {each for name in names for each in vars(import_module(name)).values() if isinstance(each, click.Command)}
    within = {each for group in made if isinstance(group, click.Group) for each in group.commands.values()}
    assert {each.name for each in made - within - {main}} <= set(main.modules)
    assert all(main.get_command(click.Context(main), name) for name in main.modules)
