"""Usage by group and by members of the metadata: sums by day for as long as the runs are kept.

A run's narrow row has up to 21 labels: its group, and scalar members of its metadata. Each label's figures are added
up like those of the days, so that a question about a million runs reads some thousand rows. What is deleted is taken
off again, since the labels of older runs are not told any more.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from service.store.tables import usage, usage_labels

GROUP = "group"
METADATA = "metadata."
DIMENSIONS = ("account_id", "name", "value", "day", "action", "api", "model", "provider", "key_id")
SUMS = ("runs", "completed", "failed", "canceled", "credits", "provider_cost_usd", "cost_known_runs")


def add(db: Connection, run_ids: Sequence[str]) -> None:
    """Add the closed rows of these runs to the sums of their labels."""
    _enter(db, _summed(db, run_ids, 1))


def take_off(db: Connection, run_ids: Sequence[str]) -> None:
    """Take the rows of these runs, which were added once, off the sums of their labels."""
    sums = _summed(db, run_ids, -1)
    _enter(db, sums)
    if sums:
        db.execute(delete(usage_labels).where(usage_labels.c.runs == 0, usage_labels.c.digest.in_(_digests(sums))))


def of(row: Any) -> Iterator[tuple[str, str]]:
    """Yield the name of each label of a row of `usage`, as a question names it, and its value as JSON."""
    if row.group is not None:
        yield GROUP, orjson.dumps(row.group).decode()
    if row.labels is not None:
        for name, value in orjson.loads(row.labels).items():
            yield METADATA + name, orjson.dumps(value).decode()


def _summed(db: Connection, run_ids: Sequence[str], sign: int) -> dict[tuple[Any, ...], list[Any]]:
    """Add up the figures of each label of these runs, by its dimensions."""
    labeled = usage.c.group.is_not(None) | usage.c.labels.is_not(None)
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for row in db.execute(select(usage).where(usage.c.run_id.in_(run_ids), usage.c.day.is_not(None), labeled)):
        figures = _figures(row, sign)
        for name, value in of(row):
            groups = (row.account_id, name, value, row.day, row.action, row.api)
            key = (*groups, row.model or "", row.provider or "", row.key_id or 0)
            sums[key] = [have + more for have, more in zip(sums.get(key, NOTHING), figures, strict=True)]
    return sums


def _figures(row: Any, sign: int) -> list[Any]:
    ended = [sign * (row.status == status) for status in ("completed", "failed", "canceled")]
    told = row.provider_cost_usd is not None
    return [sign, *ended, sign * row.credits, sign * (row.provider_cost_usd or 0.0), sign * told]


def _enter(db: Connection, sums: dict[tuple[Any, ...], list[Any]]) -> None:
    """Add the sums to those that are there, in one order everywhere, so that two that add at once never deadlock."""
    if not sums:
        return
    build = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    entered = build(usage_labels)
    added = {name: usage_labels.c[name] + entered.excluded[name] for name in SUMS}
    rows = [
        {"digest": _digest(key), **dict(zip(DIMENSIONS, key, strict=True)), **dict(zip(SUMS, figures, strict=True))}
        for key, figures in sums.items()
    ]
    rows.sort(key=lambda row: str(row["digest"]))
    db.execute(entered.on_conflict_do_update(index_elements=["digest"], set_=added), rows)


def _digests(sums: dict[tuple[Any, ...], list[Any]]) -> list[str]:
    return [_digest(key) for key in sums]


def _digest(key: tuple[Any, ...]) -> str:
    """Name the dimensions in one short text: an index over all of them could be wider than PostgreSQL takes."""
    return hashlib.blake2b(orjson.dumps(key), digest_size=16).hexdigest()


NOTHING = (0,) * len(SUMS)
