"""Money is held once, charged once, never below zero, and every balance is the sum of its entries."""

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.exc import IntegrityError

from service.accounts import budgets, ledger
from service.accounts.accounts import NewAccount
from service.accounts.ledger import Balance
from service.errors import InsufficientCredits
from service.store.database import Database
from service.store.tables import ledger as entries


class Purse:
    """An account's money, as runs take it."""

    def __init__(self, database: Database, account: str) -> None:
        self.database, self.account = database, account

    def hold(self, credits: int) -> None:
        self.database.write(lambda db: ledger.hold(db, self.account, credits))

    def release(self, credits: int) -> None:
        self.database.write(lambda db: ledger.release(db, self.account, credits))

    def charge(self, run: str, held: int, credits: int) -> None:
        self.charge_all([ledger.Charge(self.account, run, held, credits, "A joke")])

    def charge_all(self, charges: Sequence[ledger.Charge]) -> list[int]:
        return self.database.write(lambda db: ledger.charge(db, charges))

    def grant(self, credits: int, bucket: str) -> None:
        self.database.write(lambda db: ledger.grant(db, self.account, "daily_bonus", credits, "A bonus", bucket))

    @property
    def balance(self) -> Balance:
        """Return what stands beside the ledger, which must be its sum."""
        sums = [func.coalesce(func.sum(entries.c[name]), 0) for name in ("paid", "free", "earned")]
        with self.database.read() as db:
            told = ledger.balance(db, self.account)
            summed = tuple(db.execute(select(*sums).where(entries.c.account_id == self.account)).one())
        assert summed == (told.paid, told.free, told.earned), "the balance is the sum of its entries"
        return told

    @property
    def spent(self) -> list[tuple[int, int, int]]:
        """Each spend as (free, earned, paid)."""
        query = select(entries.c.free, entries.c.earned, entries.c.paid).where(entries.c.type == "spend")
        with self.database.read() as db:
            return [tuple(row) for row in db.execute(query.order_by(entries.c.id))]


@pytest.fixture
def purse(database: Database, account: str) -> Purse:
    return Purse(database, account)


def test_a_starting_balance_is_one_purchase(purse: Purse) -> None:
    assert purse.balance == Balance(paid=100, free=0, earned=0, held=0)
    with purse.database.read() as db:
        (entry,) = db.execute(select(entries)).all()
    assert (entry.type, entry.paid, entry.description) == ("purchase", 100, "Starting balance")


def test_no_starting_balance_is_no_entry(create: Callable[..., NewAccount], database: Database) -> None:
    empty = Purse(database, create(credits=0).workspace_id)
    assert empty.balance.total == 0
    with database.read() as db:
        assert db.execute(select(entries)).all() == []


def test_a_hold_is_set_aside_without_an_entry_and_given_back_whole(purse: Purse) -> None:
    purse.grant(5, "free")
    purse.hold(60)
    assert purse.balance == Balance(paid=100, free=5, earned=0, held=60)
    purse.release(60)
    assert purse.balance == Balance(paid=100, free=5, earned=0, held=0)
    assert purse.spent == []


def test_all_that_is_there_can_be_held_and_not_one_credit_more(purse: Purse) -> None:
    purse.hold(70)
    with pytest.raises(InsufficientCredits) as refused:
        purse.hold(31)
    assert refused.value.details == {"needed": 31, "balance": 100, "held": 70}
    assert purse.balance.held == 70
    purse.hold(30)
    assert purse.balance.held == 100
    purse.hold(0)


def test_charges_made_together_are_those_made_one_after_another(purse: Purse) -> None:
    purse.grant(5, "free")
    purse.grant(3, "earned")
    before = purse.balance
    for cost in (4, 0, 10, 2):
        purse.hold(cost)

    sums = purse.charge_all([ledger.Charge(purse.account, f"run{cost}", cost, cost, "A joke") for cost in (4, 0, 10)])

    assert purse.spent == [(-4, 0, 0), (-1, -3, -6)]
    assert sums == [before.total - 4, before.total - 4, before.total - 14]
    assert (purse.balance.total, purse.balance.held) == (before.total - 14, 2)


def test_credits_are_spent_free_first_then_earned_then_paid(purse: Purse) -> None:
    purse.grant(10, "free")
    purse.grant(20, "earned")
    for number, cost in enumerate((4, 10, 30)):
        purse.hold(cost)
        purse.charge(f"run{number}", cost, cost)
    assert purse.spent == [(-4, 0, 0), (-6, -4, 0), (0, -16, -14)]
    assert purse.balance == Balance(paid=86, free=0, earned=0, held=0)


def test_what_was_held_and_not_charged_is_there_again_where_it_came_from(purse: Purse) -> None:
    purse.grant(10, "free")
    purse.grant(20, "earned")
    purse.hold(50)
    purse.charge("run", 50, 12)
    assert purse.spent == [(-10, -2, 0)]
    assert purse.balance == Balance(paid=100, free=0, earned=18, held=0)


def test_no_more_is_charged_than_was_held(purse: Purse) -> None:
    purse.hold(6)
    purse.charge("run", 6, 24)
    assert purse.balance == Balance(paid=94, free=0, earned=0, held=0)


def test_a_run_that_costs_nothing_leaves_no_entry(purse: Purse) -> None:
    purse.hold(6)
    purse.charge("run", 6, 0)
    assert purse.balance == Balance(paid=100, free=0, earned=0, held=0)
    assert purse.spent == []


def test_a_run_is_never_charged_twice(purse: Purse) -> None:
    purse.hold(10)
    purse.charge("run", 5, 5)
    with pytest.raises(IntegrityError):
        purse.charge("run", 5, 5)
    assert purse.balance == Balance(paid=95, free=0, earned=0, held=5)


def test_one_accounts_money_is_not_anothers(purse: Purse, create: Callable[..., NewAccount]) -> None:
    other = Purse(purse.database, create("eve", credits=7).workspace_id)
    other.hold(7)
    other.charge("run", 7, 7)
    assert (purse.balance.total, other.balance.total) == (100, 0)
    with pytest.raises(InsufficientCredits):
        other.hold(1)


def test_a_charge_holds_up_no_row_that_only_names_its_account(purse: Purse) -> None:
    if purse.database.sqlite:
        pytest.skip("SQLite has one writer")
    purse.grant(10, "paid")
    purse.hold(3)
    # What PostgreSQL's foreign keys ask of the account, for every event, file and delivery.
    named = text("SELECT id FROM accounts WHERE id = :id FOR KEY SHARE NOWAIT")

    def charge(db: Connection) -> Sequence[Row[Any]]:
        ledger.charge(db, [ledger.Charge(purse.account, "run", 3, 2, "A joke")])
        budgets.lock(db, purse.account)
        with purse.database.read() as other:
            return other.execute(named, {"id": purse.account}).all()

    assert purse.database.write(charge) == [(purse.account,)]


def test_holds_at_once_never_take_more_than_there_is(purse: Purse) -> None:
    taken, refused = [], []

    def spend() -> None:
        for _ in range(5):
            try:
                purse.hold(7)
                taken.append(7)
            except InsufficientCredits:
                refused.append(7)

    _at_once(spend, 8)
    assert (sum(taken), len(taken) + len(refused)) == (98, 40)
    assert purse.balance == Balance(paid=100, free=0, earned=0, held=98)


def test_whatever_happens_at_once_the_ledger_adds_up_and_nothing_falls_below_zero(purse: Purse) -> None:
    purse.grant(30, "free")
    purse.grant(30, "earned")
    charged = []

    def live(number: int) -> None:
        chance = random.Random(number)
        for step in range(6):
            cost = chance.randint(1, 20)
            try:
                purse.hold(cost)
            except InsufficientCredits:
                purse.grant(3, "free")
                continue
            if chance.random() < 0.3:
                purse.release(cost)
            else:
                actual = chance.randint(0, cost + 5)
                purse.charge(f"run{number}.{step}", cost, actual)
                charged.append(min(actual, cost))

    _at_once(live, 8, numbered=True)
    left = purse.balance
    assert min(left.paid, left.free, left.earned) >= 0
    assert left.held == 0
    assert -sum(map(sum, purse.spent)) == sum(charged)


def _at_once(work: Callable[..., None], count: int, numbered: bool = False) -> None:
    crowd = [threading.Thread(target=work, args=(number,) if numbered else ()) for number in range(count)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert not any(one.is_alive() for one in crowd)
