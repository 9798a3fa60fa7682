"""Sums of usage by two labels at once, from the blocks of columns. Imported where it is asked for: numpy is 16 MB."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from service.accounts.usage_blocks import CODE, COST, CREDITS, DAY, STATUS, STATUSES
from service.store.tables import usage_block_labels, usage_blocks

HALF = 2**24
Array = NDArray[Any]
Pair = tuple[str | None, str | None]
# Each value of a label with its number in all blocks, counted from 1; 0 is none.
Numbers = dict[str, int]


def sums(
    db: Connection, account_id: str | None, days: tuple[int, int], names: tuple[str, str]
) -> Iterator[tuple[Pair, list[Any]]]:
    """Yield each pair of the labels' values (JSON, None for none) with its figures, in the order of FIGURES."""
    numbers: tuple[Numbers, Numbers] = ({}, {})
    parts = [_part(row, days, numbers) for row in db.execute(_asked(account_id, days, names))]
    if not parts:
        return
    first, second, *figures = (np.concatenate(column) for column in zip(*parts, strict=True))
    pairs, groups = _distinct(first * (len(numbers[1]) + 1) + second)
    columns = _added(len(pairs), groups, *figures)
    values = [[None, *each] for each in numbers]
    for at, pair in enumerate(pairs.tolist()):
        one, other = divmod(pair, len(values[1]))
        yield (values[0][one], values[1][other]), [column[at] for column in columns]


def _asked(account_id: str | None, days: tuple[int, int], names: tuple[str, str]) -> Select[Any]:
    """Select the blocks that have any of the days, with the columns of both labels."""
    blocks = usage_blocks.c
    query = select(blocks.days, blocks.statuses, blocks.credits, blocks.costs).select_from(usage_blocks)
    for name in names:
        label = usage_block_labels.alias()
        query = query.add_columns(label.c["values"], label.c.codes)
        query = query.outerjoin(label, (label.c.block == blocks.id) & (label.c.name == name))
    query = query.where(blocks.first_day <= days[1], blocks.last_day >= days[0])
    return query if account_id is None else query.where(blocks.account_id == account_id)


def _part(row: Any, days: tuple[int, int], numbers: tuple[Numbers, Numbers]) -> tuple[Array, ...]:
    """Return what one block has of these days: both labels' numbers, statuses, credits and costs, a column each."""
    day, statuses, credits, costs = (
        np.frombuffer(column, kind) for column, kind in zip(row[:4], (DAY, STATUS, CREDITS, COST), strict=True)
    )
    labels = (_numbered(row[4 + 2 * at], row[5 + 2 * at], len(day), numbers[at]) for at in (0, 1))
    # Days are counted from 0: a run that was taken out is in none.
    wanted = (day >= max(days[0], 0)) & (day <= days[1])
    return tuple(column[wanted] for column in (*labels, statuses, credits, costs))


def _numbered(values: str | None, codes: bytes | None, rows: int, numbers: Numbers) -> Array:
    """Turn a label's column of one block into the numbers that its values have in all blocks."""
    if values is None or codes is None:
        return np.zeros(rows, np.int64)
    known = (0 if value is None else numbers.setdefault(value, len(numbers) + 1) for value in orjson.loads(values))
    column: Array = np.array([0, *known], np.int64)[np.frombuffer(codes, CODE)]
    return column


def _distinct(numbers: Array) -> tuple[Array, Array]:
    """Return the distinct numbers, sorted, and the place of each of `numbers` among them."""
    if not len(numbers) or numbers.max() > 4 * len(numbers):
        return np.unique(numbers, return_inverse=True)
    there = np.bincount(numbers) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def _added(count: int, groups: Array, statuses: Array, credits: Array, costs: Array) -> list[list[Any]]:
    """Add up each figure for each of `count` groups, in the order of FIGURES."""
    width = len(STATUSES)
    ended = np.bincount(groups * width + statuses, minlength=count * width).reshape(count, width)
    # Sums of weights are floats: in two halves they are exact.
    low, high = (np.bincount(groups, half, count) for half in (credits % HALF, credits // HALF))
    sold = high.astype(np.int64) * HALF + low.astype(np.int64)
    told = ~np.isnan(costs)
    known, cost = np.bincount(groups[told], None, count), np.bincount(groups[told], costs[told], count)
    return [column.tolist() for column in (ended.sum(axis=1), *ended.T, sold, cost, known)]
