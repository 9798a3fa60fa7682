"""Ended generates in blocks of columns, from which usage by any two labels at once is added up.

Sums of every pair of up to 21 labels would be 210 rows a run. A block holds the figures of BLOCK runs, and for each
label a list of its values with the number of each run's in it: a question about a million runs reads three rows of
each of 500 blocks (`service.accounts.usage_pairs`). A run that is deleted is taken out of its block, since the labels
of older runs are not told any more.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from service.accounts import usage_labels
from service.store.tables import UNBLOCKED, usage, usage_block_labels, usage_blocks

BLOCK = 2000
STATUSES = ("completed", "failed", "canceled")
# In `days`, where a run was taken out; in `codes`, 0 is a run without the label.
GONE = -1
# The columns' types, as `array` and numpy name them.
DAY, STATUS, CREDITS, COST, CODE = "i", "B", "q", "d", "H"


def add(db: Connection, account_ids: Iterable[str]) -> None:
    """Put the ended rows of these accounts into blocks, as far as they fill some."""
    for account_id in sorted(set(account_ids)):
        while add_block(db, account_id):
            pass


def add_block(db: Connection, account_id: str) -> bool:
    """Make one block of the account's oldest rows that are in none; False where they don't fill one."""
    free = select(usage).where(usage.c.account_id == account_id, UNBLOCKED).order_by(usage.c.day).limit(BLOCK)
    rows = db.execute(free.with_for_update(skip_locked=True)).all()
    if len(rows) < BLOCK:
        return False
    made = db.execute(insert(usage_blocks).values(account_id=account_id, **_figures(rows)))
    assert made.inserted_primary_key is not None
    block = made.inserted_primary_key[0]
    labels = [{"block": block, "name": name, **column} for name, column in _columns(rows).items()]
    db.execute(insert(usage_block_labels), labels)
    here = update(usage).where(usage.c.run_id == bindparam("this")).values(block=block, place=bindparam("there"))
    db.execute(here, [{"this": row.run_id, "there": place} for place, row in enumerate(rows)])
    return True


def waiting(db: Connection) -> Sequence[str]:
    """List the accounts whose rows fill a block: after an upgrade, those of all that is there."""
    full = select(usage.c.account_id).where(UNBLOCKED).group_by(usage.c.account_id).having(func.count() >= BLOCK)
    return db.execute(full).scalars().all()


def take_out(db: Connection, run_ids: Sequence[str]) -> None:
    """Take these runs, and their labels, out of their blocks."""
    query = select(usage.c.block, usage.c.place).where(usage.c.run_id.in_(run_ids), usage.c.block.is_not(None))
    places: dict[int, list[int]] = {}
    for row in db.execute(query):
        places.setdefault(row.block, []).append(row.place)
    for block in sorted(places):
        _take_out(db, block, places[block])


def _figures(rows: Sequence[Any]) -> dict[str, Any]:
    days = [row.day for row in rows]
    costs = (float("nan") if row.provider_cost_usd is None else row.provider_cost_usd for row in rows)
    return {
        "first_day": min(days),
        "last_day": max(days),
        "days": array(DAY, days).tobytes(),
        "statuses": array(STATUS, (STATUSES.index(row.status) for row in rows)).tobytes(),
        "credits": array(CREDITS, (row.credits for row in rows)).tobytes(),
        "costs": array(COST, costs).tobytes(),
    }


def _columns(rows: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Each label's values, and for each row the number of its value, counted from 1."""
    values: dict[str, dict[str, int]] = {}
    codes: dict[str, array[int]] = {}
    for place, row in enumerate(rows):
        for name, value in usage_labels.of(row):
            numbers = values.setdefault(name, {})
            codes.setdefault(name, array(CODE, bytes(2 * len(rows))))[place] = numbers.setdefault(
                value, len(numbers) + 1
            )
    return {name: {"values": _text(list(values[name])), "codes": codes[name].tobytes()} for name in values}


def _take_out(db: Connection, block: int, places: list[int]) -> None:
    this = usage_blocks.c.id == block
    days = array(DAY, db.execute(select(usage_blocks.c.days).where(this).with_for_update()).scalar_one())
    for place in places:
        days[place] = GONE
    labels = usage_block_labels.c.block == block
    if all(day == GONE for day in days):
        db.execute(delete(usage_block_labels).where(labels))
        db.execute(delete(usage_blocks).where(this))
        return
    db.execute(update(usage_blocks).where(this).values(days=days.tobytes()))
    for row in db.execute(select(usage_block_labels).where(labels)).all():
        changed = update(usage_block_labels).where(labels, usage_block_labels.c.name == row.name)
        db.execute(changed.values(**_without(row, places)))


def _without(row: Any, places: list[int]) -> dict[str, Any]:
    """Return a label's column without the rows at these places, and without values that no other row has."""
    codes = array(CODE, row.codes)
    for place in places:
        codes[place] = 0
    used = set(codes)
    values = [value if number in used else None for number, value in enumerate(orjson.loads(row[2]), 1)]
    return {"values": _text(values), "codes": codes.tobytes()}


def _text(values: list[Any]) -> str:
    return orjson.dumps(values).decode()
