"""GET /api/v1/generate/credits. Source: flixly-api, 'Rate Limits'."""

from typing import Any

from sqlalchemy import func, select

from service.accounts import ledger
from service.apis.request import Request
from service.store.tables import runs
from service.store.tables.runs import UNENDED


def get(request: Request) -> dict[str, Any]:
    """The ledger's sum with what is held beside it, and how much of the plan's parallel places is taken."""
    caller, api = request.caller, request.action.api.name
    left, plan = ledger.balance(request.db, caller.account_id), request.catalog.plan(caller.plan)
    unended = (runs.c.account_id == caller.account_id) & (runs.c.api == api) & UNENDED
    tasks = request.db.execute(select(func.count()).select_from(runs).where(unended)).scalar_one()
    return {
        "credits_remaining": left.total,
        "held": left.held,
        "paid": left.paid,
        "free": left.free,
        "earned": left.earned,
        "plan": plan.name,
        "requests_per_minute": plan.limits[api]["minute"],
        "parallel_tasks": plan.parallel_tasks,
        "tasks_running": tasks,
    }
