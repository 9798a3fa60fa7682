"""Accounts are told apart by name, sign with two secrets while one is rotated, and keep keys of their own sealed."""

import base64
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select

from service.accounts import accounts, keyring
from service.accounts.accounts import ROTATION_MS, NewAccount
from service.accounts.crypt import Vault
from service.errors import Conflict, NotFound, ValidationError
from service.store.database import Database
from service.store.tables import accounts as table
from service.store.tables import connections, provider_keys

Create = Callable[..., NewAccount]
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def signing(database: Database, vault: Vault) -> Callable[[str], list[str]]:
    """The secrets that sign for an account now."""

    def secrets(account: str) -> list[str]:
        with database.read() as db:
            return accounts.secrets_of(db, vault, account)

    return secrets


@pytest.fixture
def rotate(database: Database, vault: Vault) -> Callable[[str], str]:
    return lambda account: database.write(lambda db: accounts.rotate_secret(db, vault, account))


def test_an_account_is_a_user_and_a_workspace_with_a_secret_of_its_own(create: Create) -> None:
    ada, eve = create("ada"), create("eve", plan="free", credits=0)
    assert (ada.user_id, eve.user_id) == (1, 2)
    assert len({ada.workspace_id, eve.workspace_id}) == 2
    for made in (ada, eve):
        head, _, key = made.callback_secret.partition("_")
        assert (head, len(base64.b64decode(key, validate=True))) == ("whsec", 32)
    assert ada.callback_secret != eve.callback_secret


@pytest.mark.parametrize("name", ["", " ada", "ada ", "a/b", "_ada", "a" * 101, "a\n", "a?b", "-a"])
def test_a_name_that_does_not_fit_into_a_path_is_refused(create: Create, name: str) -> None:
    with pytest.raises(ValidationError, match="a name is"):
        create(name)


@pytest.mark.parametrize("name", ["a", "Ada Lovelace", "ada@example.com", "Žofie", "a" * 100, "o'neill"])
def test_a_name_is_what_people_are_called(create: Create, name: str) -> None:
    assert create(name).name == name


def test_a_name_is_taken_once_and_debts_are_not_given(create: Create) -> None:
    create("ada")
    with pytest.raises(Conflict, match="ada"):
        create("ada")
    with pytest.raises(ValidationError, match="0 or more"):
        create("eve", credits=-1)


def test_an_account_is_found_by_its_name_alone(create: Create, database: Database) -> None:
    made = create("ada", plan="lite", credits=9)
    with database.read() as db:
        told = accounts.summary(db, "ada")
        with pytest.raises(NotFound):
            accounts.find(db, "Ada%")
    assert told["workspace_id"] == made.workspace_id
    assert (told["plan"], told["credits"], told["held"], told["thumbnail_generator"]) == ("lite", 9, 0, True)


def test_secrets_are_sealed_in_the_database(create: Create, database: Database) -> None:
    made = create()
    with database.read() as db:
        stored = db.execute(select(table.c.secrets)).scalar_one()
    assert made.callback_secret not in stored
    assert made.callback_secret.removeprefix("whsec_") not in stored


def test_the_old_secret_signs_beside_the_new_one_for_24_hours(
    create: Create,
    signing: Callable[[str], list[str]],
    rotate: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, begin = create(), accounts.now()
    monkeypatch.setattr(accounts, "now", lambda: begin)
    fresh = rotate(made.workspace_id)
    assert ROTATION_MS == DAY_MS
    assert signing(made.workspace_id) == [fresh, made.callback_secret]
    monkeypatch.setattr(accounts, "now", lambda: begin + DAY_MS - 1)
    assert signing(made.workspace_id) == [fresh, made.callback_secret]
    monkeypatch.setattr(accounts, "now", lambda: begin + DAY_MS)
    assert signing(made.workspace_id) == [fresh]


def test_a_second_rotation_gives_the_first_secret_no_second_day(
    create: Create,
    signing: Callable[[str], list[str]],
    rotate: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, begin = create(), accounts.now()
    monkeypatch.setattr(accounts, "now", lambda: begin)
    second = rotate(made.workspace_id)
    monkeypatch.setattr(accounts, "now", lambda: begin + DAY_MS // 2)
    third = rotate(made.workspace_id)
    assert signing(made.workspace_id) == [third, second, made.callback_secret]
    monkeypatch.setattr(accounts, "now", lambda: begin + DAY_MS)
    assert signing(made.workspace_id) == [third, second]


def test_rotations_at_once_lose_no_secret(
    create: Create, signing: Callable[[str], list[str]], rotate: Callable[[str], str]
) -> None:
    made, told = create(), []
    together = threading.Barrier(6)

    def one() -> None:
        together.wait(20)
        told.append(rotate(made.workspace_id))

    crowd = [threading.Thread(target=one) for _ in range(6)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(30)
    assert len(told) == 6
    assert set(signing(made.workspace_id)) == {made.callback_secret, *told}


# Keys that an account brings along


def test_an_own_provider_key_is_sealed_replaced_and_switched_off(
    database: Database, vault: Vault, account: str
) -> None:
    def put(key: str, base_url: str | None = None, enabled: bool = True) -> None:
        database.write(lambda db: keyring.set_provider(db, vault, account, "fal", key, base_url, enabled))

    put("first-key")
    put(" second-key\n", "https://fal.example/", enabled=False)
    with database.read() as db:
        kept = keyring.provider(db, vault, account, "fal")
        assert keyring.provider(db, vault, account, "openai") is None
        (row,) = db.execute(select(provider_keys)).all()
    assert kept == keyring.OwnKey("second-key", "https://fal.example", enabled=False)
    assert "key" not in row.key


def test_a_connections_key_is_sealed_and_its_owners_alone(
    database: Database, vault: Vault, account: str, create: Create
) -> None:
    other = create("eve").workspace_id
    database.write(lambda db: keyring.set_connection(db, vault, account, "flixly", "flx_live_x", None))
    with database.read() as db:
        assert keyring.connection(db, vault, account, "flixly") == keyring.OwnKey("flx_live_x", None)
        assert keyring.connection(db, vault, other, "flixly") is None
        assert "flx" not in db.execute(select(connections.c.key)).scalar_one()


@pytest.mark.parametrize(
    ("name", "key", "base_url", "pointer"),
    [
        ("midjourney", "k", None, "/provider"),
        ("fal", " ", None, "/key"),
        ("fal", "k", "ftp://x", "/base_url"),
        ("fal", "k", "http://", "/base_url"),
        ("fal", "k", "fal.example", "/base_url"),
    ],
)
def test_an_own_key_that_could_not_be_used_is_refused_at_its_member(
    database: Database, vault: Vault, account: str, name: str, key: str, base_url: str | None, pointer: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        database.write(lambda db: keyring.set_provider(db, vault, account, name, key, base_url, True))
    assert [problem.pointer for problem in refused.value.errors] == [pointer]


def test_a_card_has_a_title(database: Database, account: str) -> None:
    assert database.write(lambda db: accounts.create_card(db, account, "Launch"))
    for title in ("", "  ", "x" * 501):
        with pytest.raises(ValidationError, match="1 to 500"):
            database.write(lambda db, title=title: accounts.create_card(db, account, title))
