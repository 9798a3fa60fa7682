"""`/v1/account`, `/v1/usage` and `/v1/budgets`: an account as its holder sees it, and what it spends."""

from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection

from service.accounts import accounts, budgets, scopes, usage_csv, usage_question, usage_report
from service.accounts.keys import OPERATOR, Caller
from service.catalog import Catalog
from service.errors import Forbidden, ValidationError
from service.generation.cost_drift import CREDITS_PER_DOLLAR
from service.operations.service import Service
from service.store.clock import iso, now
from service.web.body import json_object
from service.web.faces import json
from service.web.v1 import no_body, only_query, v1_body

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

    @routes.patch("/account")
    def changed() -> Response:
        only_query(())
        scopes.require_admin(g.caller)
        body = v1_body(service, "account.change", json_object(request))
        if "budget" not in body:
            raise ValidationError.at("", "say what to change: budget")
        limit = budgets.parse(body["budget"]) if body["budget"] else None

        def work(db: Connection) -> dict[str, Any]:
            _check_budget(db, g.caller, limit)
            budgets.set_budget(db, g.caller.account_id, budgets.ACCOUNT, limit)
            return _account(db, context.catalog, g.caller)

        return json(context.database.write(work))

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
        question = usage_question.asked(*(request.args.get(name) for name in ("from", "to", "group_by")))
        with context.database.read() as db:
            answer = usage_report.report(db, g.caller.account_id, question, context.catalog.key_of_model)
        if request.accept_mimetypes.best_match(["application/json", CSV]) != CSV:
            return json(answer)
        headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
        return Response(
            usage_csv.as_csv(answer, question.groups), headers=headers, content_type=f"{CSV}; charset=utf-8"
        )

    @routes.get("/budgets")
    def budgets_listed() -> Response:
        only_query(())
        with context.database.read() as db:
            return json({"data": budgets.of_account(db, g.caller.account_id), "next_cursor": None})

    return routes


def _check_budget(db: Connection, caller: Caller, limit: budgets.Limit | None) -> None:
    """Raise Forbidden where a key with a budget changes the account's, or any but the operator's loosens it."""
    if budgets.binds(db, caller.account_id, caller.key_id):
        raise Forbidden("A key with a budget does not change the account's.")
    before = budgets.of_key(db, caller.account_id, budgets.ACCOUNT)
    tightened = limit is not None and before is not None and budgets.is_within(limit, before)
    if before is None or tightened or (caller.operator and OPERATOR in caller.scopes):
        return
    raise Forbidden(
        "An account may lower its own budget; raising it or taking it away is the operator's: "
        "accounts set NAME --budget …",
        needed=OPERATOR,
    )


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
        "credits_per_dollar": CREDITS_PER_DOLLAR,
        "budget": budgets.of_the_account(db, caller.account_id),
        "secrets": accounts.secret_ends(db, caller.account_id),
        "key": {"api": caller.api, "scopes": sorted(caller.scopes)},
    }
