"""Credits: what there is, and where it came from and went. Source: generor-api, 'Credits'."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from service.accounts import ledger as money
from service.apis.pages import page
from service.apis.request import Request
from service.store.clock import plain
from service.store.tables import ledger


def balance(request: Request) -> dict[str, int]:
    """The caller's balance by where it came from, and what open holds set aside. Source: GET /credits/balance."""
    left = money.balance(request.db, request.caller.account_id)
    return {
        "total": left.total,
        "paid": left.paid,
        "free": left.free,
        "earned": left.earned,
        "max": money.MOST_FREE,
        "held": left.held,
    }


def transactions(request: Request) -> dict[str, Any]:
    """The caller's ledger, of one type where it is named. Source: GET /credits/transactions."""
    query = select(ledger).where(ledger.c.account_id == request.caller.account_id)
    if "type" in request.input:
        query = query.where(ledger.c.type == request.input["type"])
    return page(request, query, ledger.c.id, _transactions)


def _transactions(_: Request, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    return [
        {
            "transaction_id": row.id,
            "type": row.type,
            "amount": row.paid + row.free + row.earned,
            "paid": row.paid,
            "free": row.free,
            "earned": row.earned,
            "description": row.description,
            "run_id": row.run_id,
            "created_at": plain(row.created_at),
        }
        for row in rows
    ]
