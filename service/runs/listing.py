"""Pages of an account's runs, newest first, by what they are and by words of their metadata."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, select

from service.context import Context
from service.runs.read import BODIES, KEPT, NARROW, shown, sizes
from service.store.search import words
from service.store.tables import api_keys, run_bodies, runs
from service.store.tables.runs import ENDED, UNENDED

# A page of runs that no index finds looks at this many at most; its cursor leads on from there.
LOOKED_THROUGH = 10_000
# A run's id begins with its moment, which may be as much before or after `created_at`: clocks are set.
CLOCKS_DIFFER_MS = 3600 * 1000
# Words that are looked for; more are not needed to find a run.
MOST_WORDS = 16
NO_WORD = "-"
OPEN = ("queued", "running")
# Of the bodies of a page, in bytes; the first run's are in it however large they are.
LARGEST_PAGE = 4_000_000


@dataclass(frozen=True, slots=True)
class RunFilter:
    """The runs that are wanted; None where anything will do.

    `key` is an API key's prefix, `model` a model's key or id. `since` and `until` are Unix milliseconds, both included.
    `text` is a run's id, or words that its metadata must hold.
    """

    status: str | None = None
    action: str | None = None
    group: str | None = None
    key: str | None = None
    model: str | None = None
    since: int | None = None
    until: int | None = None
    text: str | None = None


def list_runs(
    context: Context,
    db: Connection,
    account_id: str,
    wanted: RunFilter,
    *,
    limit: int,
    cursor: str | None = None,
    include: Collection[str] = (),
) -> dict[str, Any]:
    """Read a page: `{"data": […], "next_cursor": "…" or null}`; `input` and `output` only where `include` has them.

    With them a page ends before its limit where they are large. Raises Busy where there is no memory for them now.
    """
    through, order = _through(account_id, wanted)
    if cursor is not None:
        through = through.where(runs.c.id < cursor)
    found, following = _found(db, through, order, _looked_at(context, account_id, wanted), _words(wanted), limit)
    if include:
        found, following, size = _cut(sizes(db, found), found, following)
        with context.memory.take(account_id, size):
            return _page(context, db, found, following, include)
    return _page(context, db, found, following, include)


def _cut(size_of: Mapping[str, int], found: Sequence[str], following: str | None) -> tuple[list[str], str | None, int]:
    """Return the runs of a page whose bodies are not too large together, where the next begins, and their size."""
    kept, size = list[str](), 0
    for run_id in found:
        if kept and size + size_of[run_id] > LARGEST_PAGE:
            return kept, kept[-1], size
        kept.append(run_id)
        size += size_of[run_id]
    return kept, following, size


def _page(
    context: Context, db: Connection, found: Sequence[str], following: str | None, include: Collection[str]
) -> dict[str, Any]:
    columns = [*NARROW, *(column for name in include for column in BODIES[name])]
    query = select(*columns).join(run_bodies, run_bodies.c.run_id == runs.c.id).where(runs.c.id.in_(found))
    rows = db.execute(query.order_by(runs.c.id.desc())).mappings().all()
    return {"data": shown(context, db, rows), "next_cursor": following}


def _through(account_id: str, wanted: RunFilter) -> tuple[Select[Any], ColumnElement[str]]:
    """Return the runs that an index finds, and the order in which it does so."""
    through, order = select(runs.c.id).where(runs.c.account_id == account_id), cast("ColumnElement[str]", runs.c.id)
    if wanted.text is not None and _is_id(wanted.text):
        through = through.where(runs.c.id == wanted.text.strip())
    if wanted.group is not None:
        through = through.where(runs.c.group == wanted.group)
    if wanted.since is not None:
        through = through.where(runs.c.id >= _first_id(wanted.since - CLOCKS_DIFFER_MS))
    if wanted.until is not None:
        through = through.where(runs.c.id < _first_id(wanted.until + CLOCKS_DIFFER_MS))
    if wanted.status is not None:
        through = through.where(runs.c.status == wanted.status, UNENDED if wanted.status in OPEN else ENDED)
    if wanted.status in OPEN:
        # They are few and are sorted: in the order of all ids SQLite would look at every run of the account.
        order = runs.c.id + ""
    return through, order


def _first_id(moment: int) -> str:
    """Return the lowest id of runs that were made then or later."""
    return f"run_{max(0, moment):012x}"


def _looked_at(context: Context, account_id: str, wanted: RunFilter) -> list[ColumnElement[bool]]:
    """Return what is looked at in the runs that an index finds."""
    conditions = [runs.c.kind != KEPT]
    if wanted.action is not None:
        conditions.append(runs.c.action == wanted.action)
    if wanted.key is not None:
        of_prefix = (api_keys.c.account_id == account_id) & (api_keys.c.prefix == wanted.key)
        conditions.append(runs.c.key_id.in_(select(api_keys.c.id).where(of_prefix)))
    if wanted.model is not None:
        conditions.append(runs.c.model_id == _model_id(context, wanted.model))
    if wanted.since is not None:
        conditions.append(runs.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(runs.c.created_at <= wanted.until)
    return conditions


def _model_id(context: Context, name: str) -> int:
    """The id of the model with this key or id; one that no model has where there is none such."""
    known = context.catalog.models_by_key.get(name)
    if known is not None:
        return known.id
    return int(name) if name.isascii() and name.isdigit() and len(name) < 10 else -1


def _words(wanted: RunFilter) -> list[str]:
    """The words that are looked for; a text without any is one that no metadata holds."""
    if wanted.text is None or _is_id(wanted.text):
        return []
    return words(wanted.text)[:MOST_WORDS] or [NO_WORD]


def _is_id(text: str) -> bool:
    return text.strip().startswith("run_")


def _found(
    db: Connection,
    through: Select[Any],
    order: ColumnElement[str],
    conditions: Sequence[ColumnElement[bool]],
    sought: Sequence[str],
    limit: int,
) -> tuple[list[str], str | None]:
    """The ids of a page, and where the next one begins."""
    through = through.order_by(order.desc())
    last = db.execute(through.offset(LOOKED_THROUGH - 1).limit(1)).scalar_one_or_none()
    query = through.where(*conditions)
    if last is not None:
        query = query.where(runs.c.id >= last)
    if sought:
        holds = [run_bodies.c.words.contains(f" {word} ") for word in sought]
        query = query.join(run_bodies, run_bodies.c.run_id == runs.c.id).where(*holds)
    ids: list[str] = list(db.execute(query.limit(limit + 1)).scalars())
    return ids[:limit], ids[limit - 1] if len(ids) > limit else last
