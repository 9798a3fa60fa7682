"""A rotation of the installation's secret key ends: afterwards the old key opens nothing that is needed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import String, Text, select

from service.accounts import accounts, authentication, keyring
from service.accounts.accounts import NewAccount
from service.accounts.crypt import TOKEN, Vault, WrongSecretKey
from service.delivery import signing
from service.maintenance.rewrap import rewrap, sealed_columns
from service.store.database import Database
from service.store.tables import metadata
from service.web.app import create_app
from tests.support.definitions import built_in
from tests.support.house import House

OLD, BOTH, NEW = Vault(["old"]), Vault(["new", "old"]), Vault(["new"])
APIS = built_in().apis


@pytest.fixture
def filled(database: Database) -> NewAccount:
    """An account whose every secret was encrypted by the old key."""
    OLD.check(database)
    made = database.write(lambda db: accounts.create(db, OLD, name="ada", plan="pro", credits=1))
    database.write(lambda db: accounts.rotate_secret(db, OLD, made.workspace_id))
    database.write(lambda db: keyring.set_provider(db, OLD, made.workspace_id, "fal", "fal-key", None, True))
    database.write(lambda db: keyring.set_connection(db, OLD, made.workspace_id, "flixly", "flx-key", None))
    signing.rotate(database, OLD, 3_600_000)
    return made


def tokens(database: Database) -> dict[str, list[str]]:
    """Every encrypted text in the database, by its column."""
    found: dict[str, list[str]] = {}
    with database.read() as db:
        for table in metadata.sorted_tables:
            for column in table.c:
                if isinstance(column.type, String | Text):
                    texts = [text for text in db.execute(select(column)).scalars() if text]
                    held = [token for text in texts for token in TOKEN.findall(text)]
                    if held:
                        found[f"{table.name}.{column.name}"] = held
    return found


def test_everything_opens_with_the_new_key_alone(database: Database, filled: NewAccount) -> None:
    secrets = opened(database, OLD, filled)

    done = rewrap(database, BOTH)

    assert done.rows == 5
    assert opened(database, NEW, filled) == secrets
    NEW.check(database)
    with pytest.raises(WrongSecretKey):
        OLD.check(database)


def opened(database: Database, vault: Vault, made: NewAccount) -> tuple[object, ...]:
    with database.read() as db:
        return (
            accounts.secrets_of(db, vault, made.workspace_id),
            keyring.provider(db, vault, made.workspace_id, "fal"),
            keyring.connection(db, vault, made.workspace_id, "flixly"),
            signing.jwks(database, vault),
        )


def test_no_encrypted_text_lies_in_a_column_that_is_not_rewrapped(database: Database, filled: NewAccount) -> None:
    rewrap(database, BOTH)
    held = tokens(database)
    assert set(held) == {"accounts.secrets", "provider_keys.key", "connections.key", "meta.value"}
    assert set(held) <= {f"{column.table.name}.{column.name}" for column in sealed_columns()}
    for token in (token for texts in held.values() for token in texts):
        assert NEW.decrypt(token)


def test_a_second_run_changes_nothing(database: Database, filled: NewAccount) -> None:
    rewrap(database, BOTH)
    before = tokens(database)
    assert rewrap(database, BOTH).rows == 0
    assert tokens(database) == before


def test_many_rows_are_rewrapped_in_batches(database: Database) -> None:
    for place in range(230):
        database.write(lambda db, place=place: accounts.create(db, OLD, name=f"user{place}", plan="free", credits=0))
    assert rewrap(database, BOTH).rows == 230


def test_what_changed_meanwhile_is_not_written_over(database: Database, filled: NewAccount) -> None:
    class Meanwhile(Vault):
        """Rotates the secret between the read and the write of the row."""

        done = False

        def rewrapped(self, text: str) -> str:
            renewed = super().rewrapped(text)
            if not self.done and text.startswith("[{"):
                self.done = True
                database.write(lambda db: accounts.rotate_secret(db, BOTH, filled.workspace_id))
            return renewed

    rewrap(database, Meanwhile(["new", "old"]))
    rewrap(database, BOTH)
    with database.read() as db:
        assert len(accounts.secrets_of(db, NEW, filled.workspace_id)) == 3


def test_keys_on_an_old_secret_are_listed_until_they_are_used(houses: Callable[..., House]) -> None:
    house = houses(secret_keys=("the old secret",))
    account = house.account()
    used, idle = account.key("generor"), account.key("flixly")
    app = create_app(replace(house.settings, secret_keys=("the new secret", "the old secret")))
    database, vault = house.context.database, app.extensions["genhook"].context.vault

    listed = rewrap(database, vault)
    answer = app.test_client().get("/v1/account", headers={"Authorization": f"Bearer {used}"})
    left = rewrap(database, vault)

    assert not listed.finished
    assert {key["prefix"] for key in listed.keys} == {used[:17], idle[:17]}
    assert answer.status_code == 200
    assert [(key["account"], key["prefix"]) for key in left.keys] == [(account.name, idle[:17])]
    alone = Vault(["the new secret"])
    with database.read() as db:
        assert authentication.authenticate(db, alone, used).account_id == account.id


def test_a_rotated_signing_key_signs_beside_the_new_one_until_its_grace_is_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = signing.jwks(database, OLD)["keys"]
    signer = signing.Signer(database, OLD)
    kid = signing.rotate(database, OLD, 60_000)

    both = [key["kid"] for key in signing.jwks(database, OLD)["keys"]]
    moment = signing.time.monotonic()
    monkeypatch.setattr(signing.time, "monotonic", lambda: moment + signing.READ_EVERY_S + 1)
    signatures = signer.headers("[]", "evt", b"{}", 1.0)["webhook-signature"].split(" ")
    monkeypatch.setattr(signing, "now", lambda: 10**14)
    after = [key["kid"] for key in signing.jwks(database, OLD)["keys"]]

    assert both == [kid, before["kid"]]
    assert [one.partition(",")[0] for one in signatures] == ["v1a", "v1a"]
    assert after == [kid]
