"""Fixtures of the tests of accounts: one account on a database of its own."""

from collections.abc import Callable

import pytest

from service.accounts import accounts
from service.accounts.accounts import NewAccount
from service.accounts.crypt import Vault
from service.store.database import Database


@pytest.fixture
def vault() -> Vault:
    return Vault(["the installation's secret"])


@pytest.fixture
def create(database: Database, vault: Vault) -> Callable[..., NewAccount]:
    """Makes accounts."""

    def made(name: str = "ada", plan: str = "pro", credits: int = 100) -> NewAccount:
        return database.write(lambda db: accounts.create(db, vault, name=name, plan=plan, credits=credits))

    return made


@pytest.fixture
def account(create: Callable[..., NewAccount]) -> str:
    """The id of an account on the pro plan with 100 paid credits."""
    return create().workspace_id
