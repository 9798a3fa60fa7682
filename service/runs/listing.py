"""Pages of an account's runs, newest first, by what they are and by words of their metadata."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from service.context import Context
from service.runs.read import BODIES, KEPT, NARROW, shown
from service.store.search import words
from service.store.tables import api_keys, run_bodies, runs

# A page of a search looks at this many runs at most; its cursor leads on from there.
LOOKED_THROUGH = 10_000
# Words that are looked for; more are not needed to find a run.
MOST_WORDS = 16
NO_WORD = "-"


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
    """Read a page: `{"data": […], "next_cursor": "…" or null}`; `input` and `output` only where `include` has them."""
    conditions = [*_conditions(context, account_id, wanted), *([] if cursor is None else [runs.c.id < cursor])]
    found, following = _found(db, conditions, _words(wanted), limit)
    columns = [*NARROW, *(column for name in include for column in BODIES[name])]
    query = select(*columns).join(run_bodies, run_bodies.c.run_id == runs.c.id).where(runs.c.id.in_(found))
    rows = db.execute(query.order_by(runs.c.id.desc())).mappings().all()
    return {"data": shown(context, db, rows), "next_cursor": following}


def _conditions(context: Context, account_id: str, wanted: RunFilter) -> list[ColumnElement[bool]]:
    conditions = [runs.c.account_id == account_id, runs.c.kind != KEPT]
    for column, value in ((runs.c.status, wanted.status), (runs.c.action, wanted.action), (runs.c.group, wanted.group)):
        if value is not None:
            conditions.append(column == value)
    if wanted.key is not None:
        of_prefix = (api_keys.c.account_id == account_id) & (api_keys.c.prefix == wanted.key)
        conditions.append(runs.c.key_id.in_(select(api_keys.c.id).where(of_prefix)))
    if wanted.model is not None:
        conditions.append(runs.c.model_id == _model_id(context, wanted.model))
    if wanted.since is not None:
        conditions.append(runs.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(runs.c.created_at <= wanted.until)
    if wanted.text is not None and _is_id(wanted.text):
        conditions.append(runs.c.id == wanted.text.strip())
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
    db: Connection, conditions: Sequence[ColumnElement[bool]], sought: Sequence[str], limit: int
) -> tuple[list[str], str | None]:
    """The ids of a page, and where the next one begins."""
    through: Select[Any] = select(runs.c.id).where(*conditions).order_by(runs.c.id.desc())
    if not sought:
        ids: list[str] = list(db.execute(through.limit(limit + 1)).scalars())
        return ids[:limit], ids[limit - 1] if len(ids) > limit else None
    looked = through.limit(LOOKED_THROUGH).subquery()
    holds = [run_bodies.c.words.contains(f" {word} ") for word in sought]
    query = select(looked.c.id).join(run_bodies, run_bodies.c.run_id == looked.c.id).where(*holds)
    ids = list(db.execute(query.order_by(looked.c.id.desc()).limit(limit + 1)).scalars())
    if len(ids) > limit:
        return ids[:limit], ids[limit - 1]
    return ids, db.execute(through.offset(LOOKED_THROUGH - 1).limit(1)).scalar_one_or_none()
