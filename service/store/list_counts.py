"""The counts of lists that are paged: how long one is, and where in it a page lies, without going through it.

Triggers keep them in the transaction that changes a list (migration 0020), so they are exact whatever changes it. They
are kept for stretches of ids, called blocks: the blocks before a page are added up, and only those that it touches are
read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, false, func, select

from service.store.tables import list_counts

# The ids of one block: so many numbers, or those with the same first digits.
BITS, DIGITS = 13, 7
# Blocks that are read at once: a page is mostly among the first.
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Stretch:
    """The blocks in which a page lies, and how many rows of the list come before the first of them."""

    before: int
    blocks: Sequence[int]

    def holds(self, id_: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that an id, a number or time-ordered text, is of these blocks."""
        if not self.blocks:
            return false()
        first, last = min(self.blocks), max(self.blocks)
        if isinstance(id_.type, String):
            return id_.between(f"{first:0{DIGITS}x}", f"{last:0{DIGITS}x}g")
        return id_.between(first << BITS, (last + 1 << BITS) - 1)


def counted(name: str, *keys: object) -> ColumnElement[bool]:
    """Return which counts are those of the lists of this name, by their keys or a SELECT of these."""
    whose = keys[0] if len(keys) == 1 and isinstance(keys[0], Select) else [str(key) for key in keys]
    return (list_counts.c.list == name) & list_counts.c.key.in_(whose)


def narrowed(*parts: object) -> str:
    """Return the key of a list that is narrowed by more than one thing."""
    return " ".join(map(str, parts))


def total(db: Connection, which: ColumnElement[bool]) -> int:
    """Return how many rows these lists have together."""
    query = select(func.coalesce(func.sum(list_counts.c.number), 0)).where(which)
    return int(db.execute(query).scalar_one())


def stretch(db: Connection, which: ColumnElement[bool], skipped: int, size: int, oldest: bool) -> Stretch:
    """Find the page of these lists that comes after `skipped` rows, the newest first or the oldest."""
    block = list_counts.c.block
    query = select(block, func.sum(list_counts.c.number)).where(which).group_by(block)
    before, passed, blocks = 0, 0, []
    with db.execute(query.order_by(block if oldest else block.desc())) as found:
        for row_block, number in (row for rows in found.partitions(AT_ONCE) for row in rows):
            passed += number
            if passed <= skipped:
                before = passed
            else:
                blocks.append(row_block)
            if passed >= skipped + size:
                break
    return Stretch(int(before), blocks)
