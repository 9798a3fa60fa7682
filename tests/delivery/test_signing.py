"""What is posted verifies with the public libraries and the published key."""

import base64
import threading
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from service.accounts import accounts
from service.accounts.crypt import Vault
from service.delivery import signing
from service.store.database import Database
from service.store.tables import accounts as rows

BODY = '{"type":"run.completed","data":{"prompt":"Crème brûlée"}}'.encode()
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def vault() -> Vault:
    return Vault(["the installation's secret"])


def headers(database: Database, vault: Vault, secrets: list[str], moment: float | None = None) -> dict[str, str]:
    (key,) = signing.private_keys(database, vault)
    return signing.headers([key], secrets, "evt_1", BODY, time.time() if moment is None else moment)


def test_the_public_library_verifies_it_with_either_secret_while_one_is_rotated(
    database: Database, vault: Vault
) -> None:
    told = headers(database, vault, [NEW, OLD])
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(BODY, told)["type"] == "run.completed"
    assert [one.partition(",")[0] for one in told["webhook-signature"].split(" ")] == ["v1", "v1", "v1a"]


@pytest.mark.parametrize("changed", ["body", "webhook-id", "secret", "webhook-timestamp"])
def test_nothing_of_what_is_signed_can_be_changed(database: Database, vault: Vault, changed: str) -> None:
    told, body, secret = headers(database, vault, [NEW]), BODY, NEW
    if changed == "body":
        body = BODY + b" "
    elif changed == "secret":
        secret = OLD
    elif changed == "webhook-id":
        told["webhook-id"] = "evt_2"
    else:
        told["webhook-timestamp"] = str(int(told["webhook-timestamp"]) + 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, told)


def test_each_attempt_is_signed_anew_under_the_same_id(database: Database, vault: Vault) -> None:
    first, later = headers(database, vault, [NEW], 1_000_000.9), headers(database, vault, [NEW], 1_000_300.0)
    assert first["webhook-id"] == later["webhook-id"] == "evt_1"
    assert (first["webhook-timestamp"], later["webhook-timestamp"]) == ("1000000", "1000300")
    assert not set(first["webhook-signature"].split()) & set(later["webhook-signature"].split())


def test_the_published_key_alone_verifies_it(database: Database, vault: Vault) -> None:
    told = headers(database, vault, [])
    (key,) = signing.jwks(database, vault)["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert "=" not in key["x"]
    assert key["kid"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    version, _, signature = told["webhook-signature"].partition(",")
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + BODY
    public.verify(base64.b64decode(signature), signed)
    assert version == "v1a"
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(signature), signed + b" ")


def test_the_key_stays_and_is_sealed(database: Database, vault: Vault) -> None:
    before = signing.jwks(database, vault)
    rotated = Vault(["the next secret", "the installation's secret"])
    assert signing.jwks(database, rotated) == before


def test_processes_that_need_it_first_at_once_have_the_same_key(database: Database, vault: Vault) -> None:
    together, seen = threading.Barrier(6), []

    def look() -> None:
        together.wait(20)
        seen.append(signing.private_keys(database, vault)[0].private_bytes_raw())

    crowd = [threading.Thread(target=look) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert (len(seen), len(set(seen))) == (6, 1)


def test_a_rotated_secret_signs_with_the_next_attempt_and_the_old_one_until_its_end(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = database.write(lambda db: accounts.create(db, vault, name="Rotating", plan="free", credits=0))
    signer = signing.Signer(database, vault)

    def verifying(known: str) -> bool:
        with database.read() as db:
            stored = db.execute(select(rows.c.secrets).where(rows.c.id == made.workspace_id)).scalar_one()
        try:
            Webhook(known).verify(BODY, signer.headers(stored, "evt_1", BODY, time.time()))
        except WebhookVerificationError:
            return False
        return True

    assert verifying(made.callback_secret)
    fresh = database.write(lambda db: accounts.rotate_secret(db, vault, made.workspace_id))
    assert [verifying(made.callback_secret), verifying(fresh)] == [True, True]
    later = accounts.now() + accounts.ROTATION_MS + 1
    monkeypatch.setattr(accounts, "now", lambda: later)
    assert [verifying(made.callback_secret), verifying(fresh)] == [False, True]
