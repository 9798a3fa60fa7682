"""Links to the console: good once, for a day, and the code is stored nowhere."""

import pytest
from sqlalchemy import select

from service.accounts import console_links
from service.accounts.crypt import Vault
from service.errors import NotFound
from service.store.database import Database
from service.store.tables import meta

KEY = "gnr_live_" + "a" * 40


def issue(database: Database, vault: Vault) -> str:
    return database.write(lambda db: console_links.issue(db, vault, KEY))


def test_a_code_is_exchanged_for_its_key_once(database: Database, vault: Vault) -> None:
    code = issue(database, vault)
    assert len(code) == 32
    assert database.write(lambda db: console_links.redeem(db, vault, code)) == KEY
    with pytest.raises(NotFound, match="used already"):
        database.write(lambda db: console_links.redeem(db, vault, code))


@pytest.mark.parametrize("code", ["", "0" * 32, "ü", "a" * 10_000])
def test_a_code_that_never_was_is_not_found(database: Database, vault: Vault, code: str) -> None:
    issue(database, vault)
    with pytest.raises(NotFound):
        database.write(lambda db: console_links.redeem(db, vault, code))


def test_a_code_is_good_for_a_day_and_then_forgotten(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, moment = issue(database, vault), console_links.now()
    monkeypatch.setattr(console_links, "now", lambda: moment + console_links.GOOD_MS + 1000)
    with pytest.raises(NotFound):
        database.write(lambda db: console_links.redeem(db, vault, old))
    issue(database, vault)
    with database.read() as db:
        assert len(db.execute(select(meta).where(meta.c.name.startswith(console_links.PREFIX))).all()) == 1


def test_neither_code_nor_key_is_stored_as_it_is(database: Database, vault: Vault) -> None:
    code = issue(database, vault)
    with database.read() as db:
        rows = [f"{row.name} {row.value}" for row in db.execute(select(meta))]
    assert not any(code in row or KEY in row for row in rows)
