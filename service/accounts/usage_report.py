"""`GET /v1/usage`: what generates came to, grouped, from the sums of days and the rows that are not yet in them.

Groups and metadata are known as long as a run's narrow row is; what is older is told under null, so that every
grouping has the same total.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from service.accounts.usage_question import EPOCH, METADATA, SUMMED, Question
from service.errors import ValidationError
from service.store.tables import OPEN, UNBLOCKED, UNLABELED, api_keys, usage, usage_days, usage_labels

COST = "provider_cost_usd"
FIGURES = ("runs", "completed", "failed", "canceled", "credits", COST, "cost_known_runs")
MOST_ROWS = 10_000
# The last day that a database is asked for, in the year 9999.
LAST_DAY = (date.max - EPOCH).days
Line = dict[str, Any]
Groups = tuple[Any, ...]


def report(
    db: Connection, account_id: str | None, question: Question, model_of: Callable[[str], str]
) -> dict[str, Any]:
    """Answer `{"data": […], "total": {…}}` of one account, or of all where `account_id` is None.

    `model_of` names a model by its number. Raises ValidationError.
    """
    found = _grouped(db, account_id, question)
    _check_rows(found)
    prefixes = _prefixes(db, account_id) if "key" in question.groups else {}
    names: dict[str, Callable[[Any], Any]] = {
        **dict.fromkeys(question.groups, lambda value: value),
        **dict.fromkeys(_labels(question), lambda value: None if value is None else orjson.loads(value)),
        "day": lambda day: (EPOCH + timedelta(days=day)).isoformat(),
        "model": lambda model: model_of(model) if model else None,
        "provider": lambda provider: provider or None,
        "key": prefixes.get,
    }
    total: dict[Groups, list[Any]] = {}
    for figures in found.values():
        _add(total, (), figures)
    lines = [_line(question.groups, groups, figures, names) for groups, figures in found.items()]
    return {"data": sorted(lines, key=_order), "total": _figures(total.get((), NOTHING))}


def _grouped(db: Connection, account_id: str | None, question: Question) -> dict[Groups, list[Any]]:
    """Return the figures of each group, from whichever rows know it."""
    shared = tuple(name for name in question.groups if name in SUMMED)
    everything = _everything(db, account_id, question, shared)
    if shared == question.groups:
        return everything
    found = _known(db, account_id, question)
    told: dict[Groups, list[Any]] = {}
    for groups, figures in found.items():
        _add(told, tuple(value for name, value in zip(question.groups, groups, strict=True) if name in SUMMED), figures)
    for groups, figures in everything.items():
        rest = [total - part for total, part in zip(figures, told.get(groups, NOTHING), strict=True)]
        if rest[0]:
            known = iter(groups)
            _add(found, tuple(next(known) if name in SUMMED else None for name in question.groups), rest)
    return found


def _everything(
    db: Connection, account_id: str | None, question: Question, names: Sequence[str]
) -> dict[Groups, list[Any]]:
    """Add up the sums of days, and the rows that are not in them yet."""
    days = select(*(usage_days.c[SUMMED[name]] for name in names), *(usage_days.c[name] for name in FIGURES))
    days = days.where(*_of(usage_days.c.account_id, account_id), *_between(usage_days.c.day, question))
    fresh = _rows(account_id, question, [_column(db, name) for name in names]).where(OPEN)
    return _sums(db, union_all(days, fresh).subquery(), len(names))


def _known(db: Connection, account_id: str | None, question: Question) -> dict[Groups, list[Any]]:
    """Add up the runs that are there, with their groups and metadata."""
    labels = _labels(question)
    rows = _rows(account_id, question, [_column(db, name) for name in question.groups])
    if len(labels) == 1:
        # The sums of that label's days, and the rows that are not in them yet.
        return _decoded(db, question, union_all(_labeled(account_id, question, labels[0]), rows.where(UNLABELED)))
    found = _decoded(db, question, rows.where(UNBLOCKED))
    for groups, figures in _paired(db, account_id, question):
        _add(found, groups, figures)
        _check_rows(found)
    return found


def _paired(db: Connection, account_id: str | None, question: Question) -> Iterator[tuple[Groups, list[Any]]]:
    """Yield what the blocks have of two labels at once."""
    from service.accounts import usage_pairs

    first, second = question.groups
    days = (question.first or 0, LAST_DAY if question.last is None else question.last)
    yield from usage_pairs.sums(db, account_id, days, (first, second))


def _check_rows(found: Mapping[Groups, Any]) -> None:
    if len(found) > MOST_ROWS:
        raise ValidationError.at("/group_by", f"this has more than {MOST_ROWS} rows; choose fewer days or other groups")


def _labeled(account_id: str | None, question: Question, label: str) -> Select[Any]:
    """Select the sums of a label's days. Runs without it are in none of them, and are told with what is left."""
    columns = [usage_labels.c["value" if name == label else SUMMED[name]] for name in question.groups]
    query = select(*columns, *(usage_labels.c[name] for name in FIGURES))
    query = query.where(*_of(usage_labels.c.account_id, account_id), usage_labels.c.name == label)
    return query.where(usage_labels.c.runs > 0, *_between(usage_labels.c.day, question))


def _decoded(db: Connection, question: Question, rows: Any) -> dict[Groups, list[Any]]:
    found: dict[Groups, list[Any]] = {}
    for groups, figures in _sums(db, rows.subquery(), len(question.groups)).items():
        named = zip(question.groups, groups, strict=True)
        _add(found, tuple(value if name in SUMMED else _label(value) for name, value in named), figures)
    return found


def _rows(account_id: str | None, question: Question, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """Select the ended generates of these days, one row each."""
    named = [column.label(f"group_{place}") for place, column in enumerate(columns)]
    query = select(*named, *_ROW_FIGURES).where(*_of(usage.c.account_id, account_id), usage.c.day.is_not(None))
    return query.where(*_between(usage.c.day, question))


def _sums(db: Connection, rows: Subquery, groups: int) -> dict[Groups, list[Any]]:
    keys = list(rows.c)[:groups]
    figures = [func.sum(column) for column in list(rows.c)[groups:]]
    query = select(*keys, *figures).group_by(*keys).limit(MOST_ROWS + 1)
    return {
        tuple(row[:groups]): _as_numbers(row[groups:])
        for row in db.execute(query)
        # Without groups there is one row, also where there is nothing to sum.
        if row[groups]
    }


def _as_numbers(figures: Sequence[Any]) -> list[Any]:
    """Sums as PostgreSQL answers them are decimals."""
    return [
        float(value or 0) if name == COST else int(value or 0) for name, value in zip(FIGURES, figures, strict=True)
    ]


def _column(db: Connection, name: str) -> ColumnElement[Any]:
    """A dimension of a narrow row, as the sums of days write it."""
    if name.startswith(METADATA):
        return _label_column(db, name.removeprefix(METADATA))
    if name == "group":
        return _as_json(db, usage.c.group)
    if name == "key":
        return func.coalesce(usage.c.key_id, 0)
    column: ColumnElement[Any] = usage.c[name]
    return func.coalesce(column, "") if name in ("model", "provider") else column


def _label_column(db: Connection, label: str) -> ColumnElement[Any]:
    """One member of the labels, as JSON text; null where there is none."""
    if db.dialect.name == "postgresql":
        return cast(cast(usage.c.labels, JSONB).op("->")(bindparam(None, label, String)), Text)
    members = func.json_each(usage.c.labels).table_valued("key", "value", "type")
    # SQLite has no booleans of its own: as a value, true is 1.
    value = case((members.c.type.in_(("true", "false")), members.c.type), else_=func.json_quote(members.c.value))
    return select(value).select_from(members).where(members.c.key == label).scalar_subquery()


def _as_json(db: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text column as JSON text; null stays null."""
    if db.dialect.name == "postgresql":
        return cast(func.to_jsonb(column), Text)
    return case((column.is_not(None), func.json_quote(column)))


def _label(text: str | None) -> str | None:
    """Write a value as it is written in the sums: the databases write numbers in ways of their own."""
    return None if text is None else orjson.dumps(orjson.loads(text)).decode()


def _labels(question: Question) -> list[str]:
    return [name for name in question.groups if name not in SUMMED]


def _of(column: ColumnElement[str], account_id: str | None) -> list[ColumnElement[bool]]:
    return [] if account_id is None else [column == account_id]


def _between(days: ColumnElement[int], question: Question) -> list[ColumnElement[bool]]:
    bounds = []
    if question.first is not None:
        bounds.append(days >= question.first)
    if question.last is not None:
        bounds.append(days <= question.last)
    return bounds


def _add(sums: dict[Groups, list[Any]], groups: Groups, figures: Sequence[Any]) -> None:
    sums[groups] = [have + more for have, more in zip(sums.get(groups, NOTHING), figures, strict=True)]


def _line(
    groups: Sequence[str], values: Groups, figures: Sequence[Any], names: Mapping[str, Callable[[Any], Any]]
) -> Line:
    named = {name: names[name](value) for name, value in zip(groups, values, strict=True)}
    return named | _figures(figures)


def _figures(figures: Sequence[Any]) -> Line:
    told: Line = dict(zip(FIGURES, figures, strict=True))
    known = told["cost_known_runs"] > 0
    return told | {COST: round(told[COST], 9) if known else None}


def _order(line: Line) -> tuple[Any, ...]:
    """By day, then the dearest first."""
    return line.get("day", ""), -line["credits"], -line["runs"], [str(value) for value in line.values()]


def _prefixes(db: Connection, account_id: str | None) -> dict[int, str]:
    query = select(api_keys.c.id, api_keys.c.prefix).where(*_of(api_keys.c.account_id, account_id))
    return {row.id: row.prefix for row in db.execute(query)}


NOTHING = (0,) * len(FIGURES)
_ROW_FIGURES = (
    literal(1).label("runs"),
    *(case((usage.c.status == status, 1), else_=0).label(status) for status in ("completed", "failed", "canceled")),
    usage.c.credits.label("credits"),
    usage.c.provider_cost_usd.label("provider_cost_usd"),
    case((usage.c.provider_cost_usd.is_not(None), 1), else_=0).label("cost_known_runs"),
)
