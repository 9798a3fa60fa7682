"""Page-wise lists with `meta`. Source: generor-api, 'Pagination'."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from service.apis.request import Request
from service.store import list_counts

Shape = Callable[[Request, Sequence[Row[Any]]], list[dict[str, Any]]]
# Rows beyond a page that are counted where a list has no counts.
BEYOND = 1_000


def page(
    request: Request,
    query: Select[Any],
    order_by: Any,
    shape: Shape,
    keys: Select[Any] | None = None,
    counts: ColumnElement[bool] | None = None,
) -> dict[str, Any]:
    """`{"data": […], "meta": {…}}` for the request's page, per_page and sort (newest or oldest first).

    `order_by` is a column that no two rows of `query` share. `keys` selects the same values of that column where
    something finds them faster than `query`. `counts` are those of `service.store.list_counts` for just these rows:
    they tell how many there are, and where the page lies. Without them rows are counted to BEYOND the page.
    """
    number, size = request.input["page"], request.input["per_page"]
    oldest = request.input.get("sort") == "oldest"
    skipped = (number - 1) * size
    if keys is None:
        keys = query.with_only_columns(order_by, maintain_column_froms=True).order_by(None)
    total = _total(request, keys, counts, skipped + size)
    rows: Sequence[Row[Any]] = []
    if skipped < total:
        if counts is None and total < skipped + size + BEYOND:
            keys = _all_of(keys)
        wanted = _wanted(request, keys, counts, skipped, size, oldest)
        kept = query.where(order_by.in_(wanted))
        rows = request.db.execute(kept.order_by(order_by.asc() if oldest else order_by.desc())).all()
    return {"data": shape(request, rows), "meta": meta(number, size, total)}


def _total(request: Request, keys: Select[Any], counts: ColumnElement[bool] | None, end: int) -> int:
    if counts is not None:
        return list_counts.total(request.db, counts)
    few = keys.limit(end + BEYOND).subquery()
    return int(request.db.execute(select(func.count()).select_from(few)).scalar_one())


def _all_of(keys: Select[Any]) -> Select[Any]:
    """Have these found first and put in order after: PostgreSQL may go through a table for a few that it can find."""
    return select(*keys.cte("few").prefix_with("MATERIALIZED", dialect="postgresql").c)


def _wanted(
    request: Request, keys: Select[Any], counts: ColumnElement[bool] | None, skipped: int, size: int, oldest: bool
) -> list[Any]:
    """Return the page's values of the column that orders the list, which an index that holds it alone can answer."""
    key = keys.selected_columns[0]
    if counts is not None:
        found = list_counts.stretch(request.db, counts, skipped, size, oldest)
        keys, skipped = keys.where(found.holds(key)), skipped - found.before
    ordered = keys.order_by(key.asc() if oldest else key.desc())
    return list(request.db.execute(ordered.limit(size).offset(skipped)).scalars())


def meta(number: int, size: int, total: int) -> dict[str, Any]:
    """The `meta` member. An empty list has one page."""
    pages = max(1, -(-total // size))
    return {
        "page": number,
        "per_page": size,
        "total": total,
        "total_pages": pages,
        "has_next": number < pages,
        "has_prev": number > 1,
    }
