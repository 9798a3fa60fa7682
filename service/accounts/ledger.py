"""Money: holds, charges and the ledger whose sum every balance is.

A hold is no ledger entry but a conditional UPDATE of what is held; a charge takes free credits first, then earned,
then paid ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, bindparam, select, update

from service.accounts.credits import amount
from service.errors import Forbidden, InsufficientCredits, Unauthorized
from service.store.clock import now
from service.store.lists import one_of
from service.store.statements import Statement, enter
from service.store.tables import accounts, ledger

TYPES = (
    "spend",
    "purchase",
    "daily_bonus",
    "weekly_bonus",
    "signup_bonus",
    "refund",
    "gift_sent",
    "gift_received",
)
ORDER = ("free", "earned", "paid")
# The document's `max`: up to how many free credits a bonus may fill an account.
MOST_FREE = 250
SUSPENDED = "This account is suspended; the operator of this service can resume it."


@dataclass(frozen=True, slots=True)
class Balance:
    """Credits by where they came from; `held` stands beside them, for runs that are not done."""

    paid: int
    free: int
    earned: int
    held: int

    @property
    def total(self) -> int:
        """The ledger's sum."""
        return self.paid + self.free + self.earned


@dataclass(frozen=True, slots=True)
class Charge:
    """The end of one run's hold: `credits` of it are taken, at most all."""

    account_id: str
    run_id: str
    held: int
    credits: int
    description: str


def balance(db: Connection, account_id: str) -> Balance:
    """The account's balance."""
    columns = (accounts.c.paid, accounts.c.free, accounts.c.earned, accounts.c.held)
    return Balance(*db.execute(select(*columns).where(accounts.c.id == account_id)).one())


_available = accounts.c.paid + accounts.c.free + accounts.c.earned - accounts.c.held
_credits = bindparam("credits", type_=Integer)
_open = accounts.c.suspended_at.is_(None) & accounts.c.deleted_at.is_(None)
HOLDING = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"), _open, (_credits == 0) | (_available >= _credits))
    .values(held=accounts.c.held + _credits)
    .returning(accounts.c.held, accounts.c.budgeted)
)


HOLD = Statement("ledger.hold", HOLDING)


def hold(db: Connection, account_id: str, credits: int, taking: Statement = HOLD, **values: Any) -> Any:
    """Set credits aside for a run and return the row that `taking` does.

    `taking` is HOLD, or HOLDING with more to change in the account's row by the same statement, from `values`. Raises
    InsufficientCredits, Forbidden where the account is suspended, Unauthorized where it is deleted; then nothing is
    written.
    """
    row = taking.first(db, account=account_id, credits=credits, **values)
    if row is None:
        check_open(db, account_id)
        left = balance(db, account_id)
        held = f", {left.held} of it held for runs that are not done" if left.held else ""
        raise InsufficientCredits(
            f"This needs {amount(credits)}; the balance is {left.total}{held}.",
            needed=credits,
            balance=left.total,
            held=left.held,
        )
    return row


def check_open(db: Connection, account_id: str) -> None:
    """Raise Forbidden where the account is suspended, Unauthorized where it is deleted."""
    columns = (accounts.c.suspended_at, accounts.c.deleted_at)
    row = db.execute(select(*columns).where(accounts.c.id == account_id)).one()
    if row.deleted_at is not None:
        raise Unauthorized("Invalid API key.")
    if row.suspended_at is not None:
        raise Forbidden(SUSPENDED)


def release(db: Connection, account_id: str, credits: int) -> None:
    """Give a hold back."""
    if credits:
        _CHANGE.run_each(db, [{"account": account_id, "released": credits, **{f"more_{name}": 0 for name in ORDER}}])


def charge(db: Connection, charges: Sequence[Charge]) -> list[int]:
    """Turn holds into charges, in this order, and return the sum that each leaves on its account.

    A charge is at most what was held, and the rest of the hold is released. A second charge of the same run fails on
    the ledger's unique index.
    """
    # Locked in one order, so that two transactions never wait for each other; what is read holds until the commit.
    # NO KEY UPDATE: whoever only enters a row that names the account, as every event does, goes on meanwhile.
    wanted = sorted({one.account_id for one in charges})
    standing = {row.id: _Standing(row.paid, row.free, row.earned) for row in _BALANCES.all(db, account_ids=wanted)}
    entries: list[dict[str, Any]] = []
    sums: list[int] = []
    for one in charges:
        account = standing[one.account_id]
        taken = account.take(one.held, min(one.credits, one.held))
        if taken:
            entries.append(_entry(one.account_id, "spend", taken, one.description, one.run_id))
        sums.append(account.total)
    enter(db, ledger, entries)
    _CHANGE.run_each(db, [account.change(name) for name, account in standing.items() if account.released])
    return sums


def grant(db: Connection, account_id: str, type: str, credits: int, description: str, bucket: str = "paid") -> None:
    """Add credits to a bucket (paid, free or earned), as one entry of one of TYPES."""
    entry = _entry(account_id, type, {bucket: credits}, description, None)
    enter(db, ledger, [entry])
    change = {f"more_{name}": entry[name] for name in ORDER}
    _CHANGE.run_each(db, [{"account": account_id, "released": 0, **change}])


class _Standing:
    """An account's credits while charges are taken from them, and how they changed."""

    def __init__(self, paid: int, free: int, earned: int) -> None:
        self._left = {"paid": paid, "free": free, "earned": earned}
        self._changes = dict.fromkeys(ORDER, 0)
        self.released = 0

    @property
    def total(self) -> int:
        return sum(self._left.values())

    def take(self, held: int, due: int) -> dict[str, int]:
        """Release a hold and take what is due of it; the change of each bucket, none where nothing is due."""
        self.released += held
        if not due:
            return {}
        taken = {}
        for bucket in ORDER:
            taken[bucket] = -min(self._left[bucket], due)
            due += taken[bucket]
            self._left[bucket] += taken[bucket]
            self._changes[bucket] += taken[bucket]
        return taken

    def change(self, account_id: str) -> dict[str, Any]:
        """Return the parameters of the account's change."""
        changes = {f"more_{bucket}": amount for bucket, amount in self._changes.items()}
        return {"account": account_id, "released": self.released, **changes}


def _entry(
    account_id: str, type: str, amounts: Mapping[str, int], description: str, run_id: str | None
) -> dict[str, Any]:
    entry: dict[str, Any] = {"account_id": account_id, "type": type, "run_id": run_id, "description": description}
    return entry | {bucket: amounts.get(bucket, 0) for bucket in ORDER} | {"created_at": now()}


_BALANCES = Statement(
    "ledger.balances",
    select(accounts.c.id, accounts.c.paid, accounts.c.free, accounts.c.earned)
    .where(one_of(accounts.c.id, "account_ids"))
    .order_by(accounts.c.id)
    .with_for_update(key_share=True),
)
_CHANGE = Statement(
    "ledger.change",
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(
        held=accounts.c.held - bindparam("released", type_=BigInteger),
        **{name: accounts.c[name] + bindparam(f"more_{name}", type_=BigInteger) for name in ORDER},
    ),
)
