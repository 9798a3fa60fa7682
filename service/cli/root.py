"""The parts that every command shares: settings, the database, answers for people and programs, errors in one line."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from service import __version__, logs
from service.accounts.crypt import Vault
from service.config import Settings, load
from service.config.process import PROGRAM
from service.errors import ServiceError
from service.store.database import Database
from service.store.failures import explain
from service.store.migrate import migrate
from service.store.private_files import keep_private

if TYPE_CHECKING:
    from service.context import Context

T = TypeVar("T")


class Told(click.Group):
    """A group whose commands are imported at their first use, and end with one line on stderr and exit code 1.

    `modules` names the module of each, by its name; whatever goes wrong in a command is told so.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        """Begin with no command."""
        super().__init__(*given, **named)
        self.modules: dict[str, str] = {}

    def list_commands(self, context: click.Context) -> list[str]:
        """List every command by its name, without importing any."""
        return sorted(self.modules)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import one."""
        if name in self.modules and name not in self.commands:
            self.add_command(getattr(import_module(self.modules[name]), name))
        return super().get_command(context, name)

    def invoke(self, context: click.Context) -> Any:
        """Run the command; every file that it or its processes make is its owner's alone."""
        keep_private()
        logs.configure()
        try:
            return super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise click.ClickException(_in_one_line(error)) from error


HELP = f"""Genhook: AI generation as automation actions.

\b
Begin with:  {PROGRAM} up
then:        {PROGRAM} accounts create ada --plan pro --credits 500
             {PROGRAM} keys create ada --api generor
"""


@click.group(cls=Told, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="genhook")
def main() -> None:
    """Genhook: AI generation as automation actions."""


@dataclass(frozen=True)
class Desk:
    """An installation as a command works on it: its settings, and its database brought up to date."""

    settings: Settings
    database: Database
    vault: Vault

    def write(self, work: Callable[[Connection], T]) -> T:
        """Answer `work`'s result, committed."""
        return self.database.write(work)


def settings(**overrides: Any) -> Settings:
    """Read the settings, with environment variables given as options: `settings(PORT=8001)`."""
    given = {name: str(value) for name, value in overrides.items() if value is not None}
    return load({**os.environ, **given})


def desk() -> Desk:
    """Open the installation; on a fresh data dir it is made. Raises WrongSecretKey, UnknownRevision."""
    known = settings()
    migrate(known.database)
    database, vault = Database(known.database), Vault(known.secret_keys)
    vault.check(database)
    return Desk(known, database, vault)


@contextmanager
def opened() -> Iterator["Context"]:
    """Open the installation as its processes do, and close it again."""
    from service.context import open_context

    known = settings()
    migrate(known.database)
    context = open_context(known)
    try:
        yield context
    finally:
        context.close()


def answer(values: Mapping[str, Any], as_json: bool, *lines: str) -> None:
    """Print one JSON object for programs, or lines for people."""
    if as_json:
        click.echo(orjson.dumps(values))
        return
    for line in lines:
        click.echo(line)


def read_secret(key: str | None) -> str:
    """Answer the key itself; one that is asked for or read stands in no process list and no shell's history."""
    if key is None and sys.stdin.isatty():
        return str(click.prompt("Key", hide_input=True))
    return sys.stdin.readline().strip() if key in (None, "-") else str(key)


secret_option = click.option("--key", help="The key; - reads it from standard input, left out it is asked for.")
json_option = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")


def _in_one_line(error: Exception) -> str:
    if isinstance(error, ServiceError):
        return error.message
    if isinstance(error, DBAPIError):
        said, mend = explain(error)
        return f"The database said: {said}. {mend}"
    text = " ".join(str(error).split())
    ours = isinstance(error, ValueError) or type(error).__module__.startswith("service.")
    return text if ours else f"{type(error).__name__}: {text}"
