"""Page-wise lists with the document's `meta`. Source: generor-api, «Pagination»."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from service.apis.request import Request

Shape = Callable[[Request, Sequence[Row[Any]]], list[dict[str, Any]]]


def page(request: Request, query: Select[Any], order_by: Any, shape: Shape) -> dict[str, Any]:
    """`{"data": […], "meta": {…}}` for the request's page, per_page and sort (newest or oldest first)."""
    number, size = request.input["page"], request.input["per_page"]
    oldest = request.input.get("sort") == "oldest"
    total = request.db.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    ordered = query.order_by(order_by.asc() if oldest else order_by.desc())
    rows = request.db.execute(ordered.limit(size).offset((number - 1) * size)).all()
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
