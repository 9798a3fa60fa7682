"""Budgets: at most so many credits in a period, for an account or for a key and the keys that it minted.

A hold counts in the period in which it was taken, and so does the charge that it becomes. Every change of a budget
is made while the account's row is locked (`ledger.hold`, `ledger.charge` and `set_budget` lock it first), so what is
read here holds until the commit.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Row, Select, func, literal, or_, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy import insert as sql_insert

from service.accounts.credits import amount
from service.errors import BudgetExceeded, ValidationError
from service.store.clock import iso, now
from service.store.tables import OPEN, accounts, api_keys, budgets, usage, usage_days

PERIODS = ("day", "month", "total")
# What a 64-bit column holds with room for sums.
MOST = 10**15
THRESHOLDS = (50, 80, 100)
DAY_MS = 86_400_000
# In `key_id`: the account's own budget.
ACCOUNT = 0
RULE = "a budget is a whole number of credits and a period, as in 500/month; periods are day, month and total"
_FORM = re.compile(r"(\d{1,16})/(day|month|total)", re.ASCII)
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `credits` in each `period`."""

    credits: int
    period: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """A budget whose charges passed `percent` of its limit, as callers see it."""

    account_id: str
    budget: Shown
    percent: int


def parse(text: str, pointer: str = "/budget") -> Limit | None:
    """Read `500/month`; `none` is no budget. Raises ValidationError at `pointer`."""
    if text == "none":
        return None
    found = _FORM.fullmatch(text)
    if found is None or int(found[1]) > MOST:
        raise ValidationError.at(pointer, f"{RULE}; none takes it away")
    return Limit(int(found[1]), found[2])


def start_of(period: str, moment: int) -> int:
    """Return the beginning (UTC) of the period that `moment` lies in, in Unix milliseconds."""
    day = datetime.fromtimestamp(moment // 1000, UTC).replace(hour=0, minute=0, second=0)
    if period == "total":
        return 0
    return int((day if period == "day" else day.replace(day=1)).timestamp()) * 1000


def end_of(period: str, start: int) -> int | None:
    """Return when the period that begins at `start` is over; None for one without an end."""
    if period == "total":
        return None
    # The 1st of any month is less than 32 days before one of the next.
    return start + DAY_MS if period == "day" else start_of("month", start + 32 * DAY_MS)


def set_budget(db: Connection, account_id: str, key_id: int, wanted: Limit | None) -> None:
    """Give the account (`key_id` ACCOUNT) or a key this budget in place of the one before; None takes it away.

    What the period took before counts.
    """
    lock(db, account_id)
    this = (budgets.c.account_id == account_id) & (budgets.c.key_id == key_id)
    db.execute(sql_delete(budgets).where(this))
    if wanted is not None:
        start = start_of(wanted.period, now())
        used, held = _taken(db, account_id, key_id, start)
        row = {"account_id": account_id, "key_id": key_id, "limit": wanted.credits, "period": wanted.period}
        row |= {"period_start": start, "used": used, "held": held, "told": _passed(used, wanted.credits)}
        db.execute(sql_insert(budgets).values(**row))
    any_left = select(func.count()).select_from(budgets).where(budgets.c.account_id == account_id).scalar_subquery()
    db.execute(update(accounts).where(accounts.c.id == account_id).values(budgeted=any_left > 0))


def move(db: Connection, account_id: str, from_key: int, to_key: int) -> None:
    """Let a key's successor go on with its budget and what that has taken."""
    lock(db, account_id)
    this = (budgets.c.account_id == account_id) & (budgets.c.key_id == from_key)
    db.execute(update(budgets).where(this).values(key_id=to_key))


def of_account(db: Connection, account_id: str) -> list[Shown]:
    """Return the budgets of the account and of its keys, the account's first, as they stand now."""
    rows = _rows(db, budgets.c.account_id == account_id)
    return [_shown(_in_period(row, now()), row.prefix) for row in rows]


def of_the_account(db: Connection, account_id: str) -> Shown | None:
    """Return the account's own budget as it stands now; None where it has none."""
    rows = _rows(db, (budgets.c.account_id == account_id) & (budgets.c.key_id == ACCOUNT))
    return _shown(_in_period(rows[0], now()), None) if rows else None


def is_within(limit: Limit, other: Limit) -> bool:
    """Tell whether `limit` allows no more than `other`, in the same period."""
    return limit.period == other.period and limit.credits <= other.credits


def of_key(db: Connection, account_id: str, key_id: int) -> Limit | None:
    """Return the limit of one key's own budget, None where it has none."""
    this = (budgets.c.account_id == account_id) & (budgets.c.key_id == key_id)
    row = db.execute(select(budgets.c.limit, budgets.c.period).where(this)).one_or_none()
    return None if row is None else Limit(row.limit, row.period)


def binds(db: Connection, account_id: str, key_id: int) -> bool:
    """Tell whether the key or one above it has a budget; the account's own binds every key alike."""
    above = budgets.c.key_id.in_(_chain(key_id)) & (budgets.c.key_id != ACCOUNT)
    return (
        db.execute(select(budgets.c.id).where(budgets.c.account_id == account_id, above).limit(1)).first() is not None
    )


def reserve(db: Connection, account_id: str, key_id: int, credits: int) -> int:
    """Count a hold against every budget above it, and return the moment in whose periods it counts (Unix milliseconds).

    Raises BudgetExceeded where it is more than one has left, with nothing written. The account's row is locked.
    """
    rows = _rows(db, (budgets.c.account_id == account_id) & budgets.c.key_id.in_(_chain(key_id)))
    # Another process's clock may have begun the next period already: the hold counts where the counters are.
    moment: int = max([now(), *(row.period_start for row in rows)])
    standing = [(row, _in_period(row, moment)) for row in rows]
    for row, values in standing:
        if values["used"] + values["held"] + credits > row.limit:
            raise _exceeded(_shown(values, row.prefix), credits)
    for row, values in standing:
        counted = {name: values[name] for name in ("period_start", "used", "told")} | {"held": values["held"] + credits}
        db.execute(update(budgets).where(budgets.c.id == row.id).values(**counted))
    return moment


def settle(db: Connection, account_id: str, key_id: int, held_at: int, held: int, charged: int) -> list[Crossing]:
    """Turn a hold into its charge (0 releases it) in every budget above it, and return the thresholds that passed."""
    rows = _rows(db, (budgets.c.account_id == account_id) & budgets.c.key_id.in_(_chain(key_id)))
    crossed: list[Crossing] = []
    for row in rows:
        if held_at < row.period_start:
            continue
        values = _in_period(row, row.period_start)
        used = values["used"] + charged
        values |= {"used": used, "held": max(values["held"] - held, 0), "told": max(row.told, _passed(used, row.limit))}
        counted = {name: values[name] for name in ("used", "held", "told")}
        db.execute(update(budgets).where(budgets.c.id == row.id).values(**counted))
        passed = [percent for percent in THRESHOLDS if row.told < percent <= values["told"]]
        crossed += [Crossing(account_id, _shown(values, row.prefix), percent) for percent in passed]
    return crossed


def lock(db: Connection, account_id: str) -> None:
    """Lock the account's row until the commit, as every change of its money does."""
    db.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(key_share=True))


def _rows(db: Connection, wanted: ColumnElement[bool]) -> Sequence[Row[Any]]:
    query = select(budgets, api_keys.c.prefix).outerjoin(api_keys, api_keys.c.id == budgets.c.key_id)
    return db.execute(query.where(wanted).order_by(budgets.c.key_id)).all()


def _chain(key_id: int) -> CompoundSelect[Any]:
    """Select the account, the key or its successor, and every key above it."""
    above = select(api_keys.c.id, api_keys.c.parent_id, api_keys.c.successor_id).where(api_keys.c.id == key_id)
    chain = above.cte("chain", recursive=True)
    further = func.coalesce(chain.c.successor_id, chain.c.parent_id)
    up = select(api_keys.c.id, api_keys.c.parent_id, api_keys.c.successor_id).join(chain, api_keys.c.id == further)
    chain = chain.union(up)
    return select(chain.c.id).union(select(literal(ACCOUNT)))


def _below(key_id: int) -> Select[Any]:
    """Select the key, those that it was rotated from, and every key that one of them minted."""
    below = select(api_keys.c.id).where(api_keys.c.id == key_id).cte("below", recursive=True)
    down = select(api_keys.c.id).join(
        below, or_(api_keys.c.successor_id == below.c.id, api_keys.c.parent_id == below.c.id)
    )
    return select(below.union(down).c.id)


def _taken(db: Connection, account_id: str, key_id: int, start: int) -> tuple[int, int]:
    """Add up the credits that were charged, and those that are held, since `start`."""
    mine, days = usage.c.account_id == account_id, usage_days.c.account_id == account_id
    if key_id != ACCOUNT:
        mine &= usage.c.key_id.in_(_below(key_id))
        days &= usage_days.c.key_id.in_(_below(key_id))
    rolled = select(func.coalesce(func.sum(usage_days.c.credits), 0)).where(days)
    rolled = rolled.where(usage_days.c.held_day >= start // DAY_MS)
    mine &= usage.c.held_at >= start
    fresh = select(func.coalesce(func.sum(usage.c.credits), 0)).where(mine, OPEN)
    held = select(func.coalesce(func.sum(usage.c.held), 0)).where(mine, usage.c.day.is_(None))
    used = int(db.execute(rolled).scalar_one()) + int(db.execute(fresh).scalar_one())
    return used, int(db.execute(held).scalar_one())


def _in_period(row: Row[Any], moment: int) -> dict[str, Any]:
    """Return the budget as it stands at `moment`: a new period begins at nothing."""
    start = max(start_of(row.period, moment), row.period_start)
    kept = start == row.period_start
    return {
        "key_id": row.key_id,
        "limit": row.limit,
        "period": row.period,
        "period_start": start,
        "used": row.used if kept else 0,
        "held": row.held if kept else 0,
        "told": row.told if kept else 0,
    }


def _shown(values: dict[str, Any], prefix: str | None) -> Shown:
    return {
        "scope": "account" if values["key_id"] == ACCOUNT else "key",
        "key": prefix,
        "limit": values["limit"],
        "period": values["period"],
        "used": values["used"],
        "held": values["held"],
        "resets_at": iso(end_of(values["period"], values["period_start"])),
    }


def _exceeded(budget: Shown, credits: int) -> BudgetExceeded:
    whose = "The account's budget" if budget["scope"] == "account" else f"The budget of the key {budget['key']}"
    left = max(0, budget["limit"] - budget["used"] - budget["held"])
    every = "in all" if budget["period"] == "total" else f"a {budget['period']}"
    return BudgetExceeded(
        f"{whose} is {amount(budget['limit'])} {every}; {left} are left, and this needs {credits}.", budget=budget
    )


def _passed(used: int, limit: int) -> int:
    """Return the highest threshold that `used` credits reach; 0 for none."""
    return max((percent for percent in THRESHOLDS if used and used * 100 >= limit * percent), default=0)
