"""Keys have their API's form, are known by a keyed hash alone, and end at once."""

import hmac
import re
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import select, text

from service.accounts import authentication, keys
from service.accounts.accounts import NewAccount
from service.accounts.crypt import Vault
from service.accounts.keys import Caller, MintedKey
from service.errors import Conflict, NotFound, Unauthorized, ValidationError
from service.store.database import Database
from service.store.tables import api_keys, metadata
from tests.support.definitions import built_in

APIS = built_in().apis
Mint = Callable[..., MintedKey]


@pytest.fixture
def mint(database: Database, vault: Vault, account: str) -> Mint:
    def minted(api: str = "generor", scopes: tuple[str, ...] = (), owner: str = account) -> MintedKey:
        return database.write(lambda db: keys.mint(db, vault, owner, APIS[api], "a key", scopes))

    return minted


@pytest.fixture
def known(database: Database, vault: Vault) -> Callable[[str], Caller]:
    """Return who comes with a token."""

    def caller(token: str, by: Vault = vault) -> Caller:
        with database.read() as db:
            return authentication.authenticate(db, by, token)

    return caller


@pytest.mark.parametrize(("api", "head"), [("flokan", "flk_"), ("flixly", "flx_live_"), ("generor", "gnr_live_")])
def test_a_key_has_its_apis_head_and_forty_hex_digits_and_is_shown_by_eight(mint: Mint, api: str, head: str) -> None:
    made = mint(api)
    assert re.fullmatch(head + "[0-9a-f]{40}", made.api_key)
    assert made.prefix == made.api_key[: len(head) + 8]
    assert made.api_key != mint(api).api_key


def test_a_key_says_who_comes_with_it_and_as_what(mint: Mint, known: Callable[[str], Caller], account: str) -> None:
    made = mint("generor", ("read",))
    caller = known(made.api_key)
    assert (caller.account_id, caller.name, caller.plan, caller.user_id) == (account, "ada", "pro", 1)
    assert (caller.key_id, caller.api, caller.scopes) == (made.key_id, "generor", {"read"})


def test_no_scopes_named_are_all_of_that_api(mint: Mint, known: Callable[[str], Caller]) -> None:
    scopes = {api: known(mint(api).api_key).scopes for api in ("flokan", "flixly", "generor")}
    everything = {"read", "write", "generate"}
    assert scopes == {"flokan": {"thumbnail_generator"}, "flixly": everything, "generor": everything}


@pytest.mark.parametrize(("api", "scope"), [("flokan", "read"), ("generor", "thumbnail_generator"), ("flixly", "*")])
def test_a_scope_that_the_api_has_not_is_refused(mint: Mint, api: str, scope: str) -> None:
    with pytest.raises(ValidationError, match="is not one of"):
        mint(api, (scope,))


def test_the_key_itself_is_nowhere_in_the_database(mint: Mint, database: Database) -> None:
    secret = mint().api_key[-32:]
    with database.read() as db:
        stored = [str(row) for table in metadata.sorted_tables for row in db.execute(select(table))]
    assert stored
    assert not [row for row in stored if secret in row]


def test_the_hash_is_keyed_so_that_a_stolen_database_cannot_be_searched_for_keys(
    mint: Mint, known: Callable[..., Caller], database: Database
) -> None:
    made = mint()
    with database.read() as db:
        stored = db.execute(select(api_keys.c.hash)).scalar_one()
    assert stored != Vault(["another secret"]).digest(made.api_key)
    with pytest.raises(Unauthorized):
        known(made.api_key, by=Vault(["another secret"]))


def test_keys_stay_good_while_the_secret_is_rotated(mint: Mint, known: Callable[..., Caller]) -> None:
    made = mint()
    assert known(made.api_key, by=Vault(["the next secret", "the installation's secret"])).key_id == made.key_id


def test_every_key_of_a_prefix_is_compared_in_constant_time(
    mint: Mint, known: Callable[[str], Caller], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = mint(), mint()
    twin = {"prefix": second.prefix}
    database.write(lambda db: db.execute(text("UPDATE api_keys SET prefix = :prefix"), twin))
    compared = []
    really = hmac.compare_digest

    def counted(one: str, other: str) -> bool:
        compared.append(other)
        return really(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    with pytest.raises(Unauthorized):
        known(second.prefix + "0" * 32)
    assert len(compared) == 2
    assert known(second.api_key).key_id == second.key_id
    with pytest.raises(Unauthorized):
        # Its prefix is no longer its own.
        known(first.api_key)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key.upper(),
        lambda key: key.replace("gnr", "flx"),
        lambda key: key[: len("gnr_live_") + 8],
        lambda key: key + "\n",
        lambda key: " " + key,
        lambda key: "",
        lambda key: "gnr_live_" + "%" * 40,
    ],
)
def test_what_is_not_wholly_a_key_is_nobodys(
    mint: Mint, known: Callable[[str], Caller], change: Callable[[str], str]
) -> None:
    with pytest.raises(Unauthorized, match=r"Invalid API key\."):
        known(change(mint().api_key))


def test_a_revoked_key_ends_at_once_and_only_its_owner_revokes_it(
    mint: Mint, known: Callable[[str], Caller], database: Database, create: Callable[..., NewAccount], account: str
) -> None:
    made, other = mint(), create("eve").workspace_id
    with pytest.raises(NotFound):
        database.write(lambda db: keys.revoke(db, other, made.key_id))
    assert known(made.api_key).key_id == made.key_id

    database.write(lambda db: keys.revoke(db, account, made.key_id))

    with pytest.raises(Unauthorized):
        known(made.api_key)
    with pytest.raises(NotFound):
        database.write(lambda db: keys.revoke(db, account, made.key_id))


def test_an_account_has_ten_active_generor_keys_at_most_and_a_revoked_one_makes_room(
    mint: Mint, database: Database, account: str
) -> None:
    made = [mint() for _ in range(10)]
    with pytest.raises(Conflict, match="10 active generor keys"):
        mint()
    assert mint("flixly").key_id
    database.write(lambda db: keys.revoke(db, account, made[0].key_id))
    assert mint().key_id
    with database.read() as db:
        assert len(keys.list_keys(db, account, "generor")) == 10


def test_ten_is_the_most_for_those_who_ask_at_once_too(mint: Mint, database: Database, account: str) -> None:
    def try_to() -> None:
        with suppress(Conflict):
            mint()

    crowd = [threading.Thread(target=try_to) for _ in range(16)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    with database.read() as db:
        assert len(keys.list_keys(db, account, "generor")) == 10


def test_lists_show_only_the_accounts_own_active_keys_without_their_hashes(
    mint: Mint, database: Database, create: Callable[..., NewAccount], account: str
) -> None:
    kept, revoked = mint(), mint()
    mint("flixly")
    mint(owner=create("eve").workspace_id)
    database.write(lambda db: keys.revoke(db, account, revoked.key_id))
    with database.read() as db:
        (row,) = keys.list_keys(db, account, "generor")
    assert (row.id, row.prefix) == (kept.key_id, kept.prefix)
    assert "hash" not in row._fields


def test_use_is_noted_at_most_once_a_minute(mint: Mint, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    made, noted = mint(), []
    for moment in (1_000_000, 1_059_000, 1_061_000):
        monkeypatch.setattr(keys, "now", lambda moment=moment: moment)
        database.write(lambda db: keys.touch(db, [made.key_id]))
        with database.read() as db:
            noted.append(db.execute(select(api_keys.c.last_used_at)).scalar_one())
    assert noted == [1_000_000, 1_000_000, 1_061_000]
