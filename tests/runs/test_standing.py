"""What another process changes of a key or an account holds for the very next request, and for the accept in hand."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.accounts import accounts as standing
from service.accounts import authentication, keyring, keys
from service.accounts.crypt import Vault
from service.errors import Forbidden, ServiceError, Unauthorized
from service.operations import handlers
from service.runs.submission import Submission
from service.store.clock import now
from service.store.database import Database
from service.store.tables import accounts, api_keys, runs
from tests.support.house import Account, House

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about locks"}
Change = Callable[[Any, Account, Vault], Any]


@pytest.fixture
def elsewhere(idle_house: House) -> Iterator[Database]:
    """The database as another process has it open."""
    database = Database(idle_house.context.database.url)
    yield database
    database.close()


def key_id(account: Account, db: Any) -> int:
    prefix = account.key("generor")[: len("gnr_live_") + keys.SHOWN]
    return int(db.execute(select(api_keys.c.id).where(api_keys.c.prefix == prefix)).scalar_one())


def revoke(db: Any, account: Account, _: Vault) -> None:
    keys.revoke(db, account.id, key_id(account, db))


def expire(db: Any, account: Account, _: Vault) -> None:
    db.execute(update(api_keys).where(api_keys.c.id == key_id(account, db)).values(expires_at=now() - 1))


def suspend(db: Any, account: Account, _: Vault) -> None:
    db.execute(update(accounts).where(accounts.c.id == account.id).values(suspended_at=now()))


def delete(db: Any, account: Account, _: Vault) -> None:
    db.execute(update(accounts).where(accounts.c.id == account.id).values(deleted_at=now()))


def narrow(db: Any, account: Account, _: Vault) -> None:
    db.execute(update(api_keys).where(api_keys.c.id == key_id(account, db)).values(scopes='["read"]'))


def entered(house: House, account: Account) -> int:
    query = select(func.count()).select_from(runs).where(runs.c.account_id == account.id)
    with house.context.database.read() as db:
        return int(db.execute(query).scalar_one())


@pytest.mark.parametrize(
    ("change", "status"), [(revoke, 401), (expire, 401), (suspend, 403), (delete, 401), (narrow, 403)]
)
def test_the_very_next_accept_is_refused(
    idle_house: House, elsewhere: Database, account: Account, change: Change, status: int
) -> None:
    assert account.submit(GENERATE, JOKE).status_code == 202
    elsewhere.write(lambda db: change(db, account, idle_house.context.vault))
    assert account.submit(GENERATE, JOKE).status_code == status
    assert entered(idle_house, account) == 1


def test_a_lower_plan_and_an_own_providers_key_hold_for_the_very_next_accept(
    idle_house: House, elsewhere: Database, account: Account
) -> None:
    def submitted() -> tuple[str, bool, int]:
        answer = account.submit(GENERATE, JOKE)
        run = answer.get_json()
        return answer.headers["X-RateLimit-Limit"], run["sandbox"], run["estimate"]["credits"]

    vault, change = idle_house.context.vault, elsewhere.write
    assert submitted() == ("120", True, 1)
    change(lambda db: keyring.set_provider(db, vault, account.id, "google", "AIza-own", None, True))
    assert submitted() == ("120", False, 0)
    change(lambda db: keyring.set_provider(db, vault, account.id, "google", "AIza-own", None, False))
    assert submitted() == ("120", True, 1)
    change(lambda db: standing.change(db, account.id, plan="free"))
    assert submitted() == ("30", True, 1)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [(revoke, Unauthorized), (expire, Unauthorized), (suspend, Forbidden), (delete, Unauthorized)],
)
def test_an_accept_in_hand_is_refused_by_its_own_transaction(
    idle_house: House, elsewhere: Database, account: Account, change: Change, refusal: type[ServiceError]
) -> None:
    context, service = idle_house.context, idle_house.app.extensions["genhook"]
    with context.database.read() as db:
        caller = authentication.authenticate(db, context.vault, account.key("generor"))
        action = context.definitions.action(GENERATE)
        submission = Submission(action, caller, action.validate(JOKE), idempotency_key="in hand")
        order = handlers.order(context, submission, db)
    elsewhere.write(lambda db: change(db, account, context.vault))
    with pytest.raises(refusal):
        service.accepting.queued(submission, order)
    assert (entered(idle_house, account), account.balance()["held"]) == (0, 0)
