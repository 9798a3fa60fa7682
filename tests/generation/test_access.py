"""The key that a provider is opened with, and whether it works, told before it is needed."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.fakes.fal import FakeFal
from tests.fakes.provider import KEY
from tests.support.house import Account, House


@pytest.fixture
def fake() -> Iterator[FakeFal]:
    fake = FakeFal()
    yield fake
    fake.close()


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account(name="ada")


def command(account: Account, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    settings = account.house.settings
    monkeypatch.setenv("DATABASE_URL", settings.database)
    monkeypatch.setenv("GENHOOK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("GENHOOK_SECRET_KEY", ",".join(settings.secret_keys))
    return CliRunner().invoke(main, ["providers", *words])


@pytest.mark.parametrize(
    ("key", "code", "told"),
    [(KEY, 0, "fal accepts ada's key."), ("wrong-key", 1, "Error: fal does not accept the key.")],
)
def test_a_key_is_tested_before_it_is_needed(
    account: Account, fake: FakeFal, monkeypatch: pytest.MonkeyPatch, key: str, code: int, told: str
) -> None:
    assert command(account, monkeypatch, "set", "ada", "fal", "--key", key, "--base-url", fake.base_url).exit_code == 0
    tested = command(account, monkeypatch, "test", "ada", "fal")
    assert (tested.exit_code, tested.output.strip()) == (code, told)
    assert fake.submissions == 0


def test_a_key_that_is_not_there_is_told_as_such(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = command(account, monkeypatch, "test", "ada", "fal")
    assert tested.exit_code == 1
    assert "no enabled key for fal" in tested.output
