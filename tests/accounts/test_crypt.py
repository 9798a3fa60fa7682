"""Secrets open with the installation's keys, all of them, and with no others."""

import threading

import pytest
from sqlalchemy import func, select

from service.accounts.crypt import MARKER, Vault, WrongSecretKey
from service.store.database import Database
from service.store.tables import meta

OLD, NEW = Vault(["old"]), Vault(["new"])
BOTH = Vault(["new", "old"])


def test_what_is_kept_opens_again_and_does_not_show() -> None:
    token = OLD.encrypt("whsec_ünïcode")
    assert OLD.decrypt(token) == "whsec_ünïcode"
    assert "whsec" not in token
    assert token != OLD.encrypt("whsec_ünïcode")


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    assert BOTH.decrypt(OLD.encrypt("kept")) == "kept"
    assert NEW.decrypt(BOTH.encrypt("fresh")) == "fresh"
    with pytest.raises(WrongSecretKey):
        OLD.decrypt(BOTH.encrypt("fresh"))


def test_the_first_key_hashes_and_signs_and_all_verify() -> None:
    assert BOTH.digest("text") == NEW.digest("text") != OLD.digest("text")
    assert BOTH.sign("text") == NEW.sign("text") != OLD.sign("text")
    assert BOTH.matches("text", OLD.digest("text"))
    assert BOTH.verify("text", OLD.sign("text"))
    assert not OLD.matches("text", NEW.digest("text"))
    assert not OLD.verify("text", NEW.sign("text"))


def test_a_hash_is_no_signature_and_neither_fits_another_text() -> None:
    assert OLD.digest("text") != OLD.sign("text")
    assert not OLD.verify("text", OLD.digest("text"))
    assert not OLD.matches("texts", OLD.digest("text"))
    assert not OLD.verify("texts", OLD.sign("text"))


@pytest.mark.parametrize("signature", ["", "é", "0" * 64, "\ud800", "x" * 10_000])
def test_a_signature_that_is_no_signature_does_not_verify(signature: str) -> None:
    assert not OLD.verify("text", signature)


@pytest.mark.parametrize(
    "token",
    ["", "x", "é", "gAAAAA" + "A" * 100, OLD.encrypt("x")[:-4]],
    ids=["empty", "letter", "accent", "alike", "cut"],
)
def test_what_was_tampered_with_does_not_open(token: str) -> None:
    with pytest.raises(WrongSecretKey):
        OLD.decrypt(token)


def test_a_start_needs_a_key() -> None:
    with pytest.raises(ValueError, match="GENHOOK_SECRET_KEY"):
        Vault([])


def test_a_database_starts_with_its_key_and_while_that_is_rotated(database: Database) -> None:
    OLD.check(database)
    OLD.check(database)
    BOTH.check(database)
    Vault(["old", "new"]).check(database)


def test_a_start_with_a_key_that_fits_nothing_is_refused_in_words(database: Database) -> None:
    OLD.check(database)
    with pytest.raises(WrongSecretKey, match="GENHOOK_SECRET_KEY does not fit this database"):
        NEW.check(database)
    OLD.check(database)


def test_processes_that_start_together_on_a_new_database_agree(database: Database) -> None:
    together, ends = threading.Barrier(6), []

    def start() -> None:
        together.wait(20)
        try:
            OLD.check(database)
            ends.append("started")
        except Exception as error:
            ends.append(repr(error))

    crowd = [threading.Thread(target=start) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert ends == ["started"] * 6
    with database.read() as db:
        marked = select(func.count()).select_from(meta).where(meta.c.name == MARKER)
        assert db.execute(marked).scalar_one() == 1
