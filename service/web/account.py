"""`/v1/account`, `/v1/usage` and `/v1/budgets`: an account as its holder sees it, and what it spends."""

from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection

from service.accounts import accounts, budgets, scopes, usage_report
from service.accounts.keys import Caller
from service.catalog import Catalog
from service.operations.service import Service
from service.store.clock import iso, now
from service.web.faces import json
from service.web.v1 import no_body, only_query

CSV = "text/csv"


def blueprint(service: Service) -> Blueprint:
    """Routes of the account and its money under /v1."""
    routes = Blueprint("account", __name__, url_prefix="/v1")
    context = service.context

    @routes.get("/account")
    def shown() -> Response:
        only_query(())
        with context.database.read() as db:
            return json(_account(db, context.catalog, g.caller))

    @routes.post("/account/secret/rotate")
    def rotated() -> Response:
        only_query(())
        no_body()
        scopes.require_admin(g.caller)
        account_id = g.caller.account_id
        fresh = context.database.write(lambda db: accounts.rotate_secret(db, context.vault, account_id))
        return json({"callback_secret": fresh, "old_secret_ends_at": iso(now() + accounts.ROTATION_MS)})

    @routes.get("/usage")
    def usage_told() -> Response:
        only_query(("from", "to", "group_by"))
        question = usage_report.asked(*(request.args.get(name) for name in ("from", "to", "group_by")))
        with context.database.read() as db:
            answer = usage_report.report(db, g.caller.account_id, question, context.catalog.key_of_model)
        if request.accept_mimetypes.best_match(["application/json", CSV]) != CSV:
            return json(answer)
        headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
        return Response(
            usage_report.as_csv(answer, question.groups), headers=headers, content_type=f"{CSV}; charset=utf-8"
        )

    @routes.get("/budgets")
    def budgets_listed() -> Response:
        only_query(())
        with context.database.read() as db:
            return json({"data": budgets.of_account(db, g.caller.account_id), "next_cursor": None})

    return routes


def _account(db: Connection, catalog: Catalog, caller: Caller) -> dict[str, Any]:
    plan = catalog.plan(caller.plan)
    told = accounts.summary(db, caller.name)
    storage_limit = plan.storage_bytes if told["storage_limit"] is None else told["storage_limit"]
    return {
        **{name: value for name, value in told.items() if name != "suspended_at"},
        "storage_limit": storage_limit,
        "limits": plan.limits,
        "parallel_tasks": plan.parallel_tasks,
        "byok": plan.byok,
        "secrets": accounts.secret_ends(db, caller.account_id),
        "key": {"api": caller.api, "scopes": sorted(caller.scopes)},
    }
