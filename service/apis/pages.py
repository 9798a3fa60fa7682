"""Page-wise lists with `meta`. Source: generor-api, 'Pagination'."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from service.apis.request import Request

Shape = Callable[[Request, Sequence[Row[Any]]], list[dict[str, Any]]]


def page(
    request: Request, query: Select[Any], order_by: Any, shape: Shape, keys: Select[Any] | None = None
) -> dict[str, Any]:
    """`{"data": […], "meta": {…}}` for the request's page, per_page and sort (newest or oldest first).

    `order_by` is a column that no two rows of `query` share. Counting, and skipping to a late page, read that column
    alone, so that an index which holds it is enough; only the page's own rows are read whole. `keys` selects the
    same values of that column where something finds them faster than `query`.
    """
    number, size = request.input["page"], request.input["per_page"]
    if keys is None:
        keys = query.with_only_columns(order_by, maintain_column_froms=True).order_by(None)
    key = keys.selected_columns[0]
    total = request.db.execute(select(func.count()).select_from(keys.subquery())).scalar_one()
    oldest = request.input.get("sort") == "oldest"
    skipped = (number - 1) * size
    rows: Sequence[Row[Any]] = []
    if skipped < total:
        ordered = keys.order_by(key.asc() if oldest else key.desc())
        wanted = list(request.db.execute(ordered.limit(size).offset(skipped)).scalars())
        kept = query.where(order_by.in_(wanted))
        rows = request.db.execute(kept.order_by(order_by.asc() if oldest else order_by.desc())).all()
    return {"data": shape(request, rows), "meta": meta(number, size, total)}


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
