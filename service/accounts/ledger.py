"""Money: holds, charges and the ledger whose sum every balance is.

A hold is no ledger entry but a conditional UPDATE of what is held; a charge takes free credits first, then earned,
then paid ones.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from service.errors import Forbidden, InsufficientCredits, Unauthorized
from service.store.clock import now
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


def balance(db: Connection, account_id: str) -> Balance:
    """The account's balance."""
    columns = (accounts.c.paid, accounts.c.free, accounts.c.earned, accounts.c.held)
    return Balance(*db.execute(select(*columns).where(accounts.c.id == account_id)).one())


_available = accounts.c.paid + accounts.c.free + accounts.c.earned - accounts.c.held
_credits = bindparam("credits", type_=Integer)
_open = accounts.c.suspended_at.is_(None) & accounts.c.deleted_at.is_(None)
HOLD = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"), _open, (_credits == 0) | (_available >= _credits))
    .values(held=accounts.c.held + _credits)
    .returning(accounts.c.held, accounts.c.budgeted)
)


def hold(db: Connection, account_id: str, credits: int, taking: ReturningUpdate[Any] = HOLD, **values: Any) -> Row[Any]:
    """Set credits aside for a run and return the row that `taking` does.

    `taking` is HOLD, or HOLD with more to change in the account's row by the same statement, from `values`. Raises
    InsufficientCredits, Forbidden where the account is suspended, Unauthorized where it is deleted; then nothing is
    written.
    """
    row = db.execute(taking, {"account": account_id, "credits": credits, **values}).one_or_none()
    if row is None:
        check_open(db, account_id)
        left = balance(db, account_id)
        held = f", {left.held} of it held for runs that are not done" if left.held else ""
        raise InsufficientCredits(
            f"This needs {credits} credits; the balance is {left.total}{held}.",
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
        held = accounts.c.held - credits
        db.execute(update(accounts).where(accounts.c.id == account_id).values(held=held))


def charge(db: Connection, account_id: str, run_id: str, held: int, credits: int, description: str) -> None:
    """Turn a hold into a charge of `credits`, at most what was held; the rest is released.

    A second charge of the same run fails on the ledger's unique index.
    """
    due = min(credits, held)
    release(db, account_id, held)
    if due:
        # Where something is due there was a hold, so the row is locked: what is read here holds until the commit.
        left, taken = balance(db, account_id), {}
        for bucket in ORDER:
            taken[bucket] = -min(getattr(left, bucket), due)
            due += taken[bucket]
        _enter(db, account_id, "spend", taken, description, run_id)


def grant(db: Connection, account_id: str, type: str, credits: int, description: str, bucket: str = "paid") -> None:
    """Add credits to a bucket (paid, free or earned), as one entry of one of TYPES."""
    _enter(db, account_id, type, {bucket: credits}, description, None)


def _enter(
    db: Connection, account_id: str, type: str, amounts: dict[str, int], description: str, run_id: str | None
) -> None:
    changed: dict[str, Any] = {bucket: amounts.get(bucket, 0) for bucket in ORDER}
    row = {"account_id": account_id, "type": type, "run_id": run_id, "description": description, "created_at": now()}
    db.execute(insert(ledger).values(**row, **changed))
    sums = {bucket: accounts.c[bucket] + amount for bucket, amount in changed.items()}
    db.execute(update(accounts).where(accounts.c.id == account_id).values(**sums))
