"""The command line against a running house's own database."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.support.house import House

Command = Callable[..., Any]


def run(house: House, *words: str, input: str | None = None) -> Result:
    """One command, as an operator gives it."""
    settings = house.settings
    env = {
        "GENHOOK_DATA_DIR": str(settings.data_dir),
        "GENHOOK_SECRET_KEY": ",".join(settings.secret_keys),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
    }
    return CliRunner().invoke(main, words, env=env, input=input)


@pytest.fixture
def house(idle_house: House) -> House:
    """A Genhook in which nobody works until a test has it work."""
    return idle_house


@pytest.fixture
def command(house: House) -> Command:
    """A command that succeeds, answered as JSON; running processes have taken up what it changed."""

    def run_it(*words: str, input: str | None = None) -> Any:
        done = run(house, *words, "--json", input=input)
        assert done.exit_code == 0, done.output
        house.context.extensions.refresh()
        return orjson.loads(done.stdout)

    return run_it
