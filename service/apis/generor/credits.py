"""Credits: the balance, and the ledger that it is the sum of."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from service.accounts import ledger as money
from service.apis.pages import page
from service.apis.request import Request
from service.store.clock import plain
from service.store.list_counts import counted, narrowed
from service.store.tables import ledger


def balance(request: Request) -> dict[str, int]:
    """Read the caller's balance by where it came from, and what open holds set aside."""
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
    """List the caller's ledger, of one type where it is named."""
    account_id, type_ = request.caller.account_id, request.input.get("type")
    query, counts = select(ledger).where(ledger.c.account_id == account_id), counted("ledger.account", account_id)
    if type_ is not None:
        query, counts = query.where(ledger.c.type == type_), counted("ledger.account_type", narrowed(account_id, type_))
    return page(request, query, ledger.c.id, _transactions, counts=counts)


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
