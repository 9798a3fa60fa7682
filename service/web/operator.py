"""`/v1/operator`: the whole installation at a glance, for the accounts that run it. To all others there is nothing."""

import os
import platform
import resource
import socket
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, g
from sqlalchemy import Connection, case, func, select, text

from service.accounts import scopes
from service.context import Context
from service.generation import cost_drift
from service.generation.cost_drift import CREDITS_PER_DOLLAR
from service.operations.service import Service
from service.store import kept
from service.store.clock import iso, now
from service.store.tables import accounts, deletions, deliveries, files, runs, subscriptions, workers
from service.store.tables.runs import UNENDED
from service.web.faces import json
from service.web.v1 import only_query

MOST = 50
ENGINE = b"service.processes.engine"
PAGE = resource.getpagesize()


def blueprint(service: Service) -> Blueprint:
    """Routes under /v1/operator."""
    routes = Blueprint("operator", __name__, url_prefix="/v1/operator")

    @routes.get("")
    def shown() -> Response:
        scopes.require_operator(g.caller)
        only_query(())
        return json(overview(service.context))

    return routes


def overview(context: Context) -> dict[str, Any]:
    """Return queues by lane, workers, receivers in trouble, storage, drift and versions."""
    with context.database.read() as db:
        return {
            "queues": _queues(db),
            "workers": _workers(db),
            "receivers": _receivers(db),
            "subscriptions": _subscriptions(db),
            "storage": _storage(db),
            "accounts": _accounts(db),
            "redis": {"ok": context.bell.alive()},
            "engine_processes": _engine_processes(context.settings.data_dir),
            "drift": _drift(context, db),
            "versions": _versions(context, db),
            "doctor": _findings(db),
        }


def _queues(db: Connection) -> list[dict[str, Any]]:
    """Return what waits, works and is parked in each lane, and how long the oldest due run has waited."""
    moment = now()
    due = (runs.c.slot == "ready") & (runs.c.wake_at <= moment)
    counts = [func.count(case((runs.c.slot == slot, 1))).label(slot) for slot in ("ready", "claimed", "parked")]
    oldest = func.min(case((due, runs.c.wake_at)))
    query = select(runs.c.lane, *counts, func.count(case((due, 1))).label("due"), oldest.label("oldest"))
    rows = db.execute(query.where(UNENDED).group_by(runs.c.lane).order_by(runs.c.lane))
    return [
        {
            "lane": row.lane,
            "due": row.due,
            "waiting": row.ready - row.due,
            "running": row.claimed,
            "parked": row.parked,
            "oldest_due_s": None if row.oldest is None else max(0, (moment - row.oldest) // 1000),
        }
        for row in rows
    ]


def _workers(db: Connection) -> list[dict[str, Any]]:
    held = select(runs.c.worker, func.count().label("runs")).where(runs.c.slot == "claimed").group_by(runs.c.worker)
    runs_of = {row.worker: row.runs for row in db.execute(held)}
    rows = db.execute(select(workers).order_by(workers.c.role, workers.c.started_at))
    return [
        {
            "id": row.id,
            "role": row.role,
            "host": row.host,
            "pid": row.pid,
            "started_at": iso(row.started_at),
            "runs": runs_of.get(row.id, 0),
        }
        for row in rows
    ]


def _receivers(db: Connection) -> list[dict[str, Any]]:
    """Return the addresses whose deliveries are being tried again, those with the most first."""
    again = (deliveries.c.status == "pending") & (deliveries.c.attempts > 0)
    query = select(deliveries.c.url, func.count().label("pending"), func.max(deliveries.c.attempts).label("attempts"))
    rows = db.execute(query.where(again).group_by(deliveries.c.url).order_by(func.count().desc()).limit(MOST))
    return [{"url": row.url, "pending": row.pending, "most_attempts": row.attempts} for row in rows]


def _subscriptions(db: Connection) -> list[dict[str, Any]]:
    """Return the subscriptions that fail without a break, or were disabled for it."""
    trouble = subscriptions.c.failing_since.is_not(None) | (subscriptions.c.status == "disabled")
    rows = db.execute(select(subscriptions).where(trouble).order_by(subscriptions.c.failing_since).limit(MOST))
    return [
        {
            "id": row.id,
            "target_url": row.target_url,
            "status": row.status,
            "disabled_reason": row.disabled_reason,
            "failing_since": iso(row.failing_since),
        }
        for row in rows
    ]


def _storage(db: Connection) -> dict[str, Any]:
    count, size = db.execute(select(func.count(), func.coalesce(func.sum(files.c.size), 0)).select_from(files)).one()
    waiting = db.execute(select(func.count()).select_from(deletions)).scalar_one()
    return {"files": count, "bytes": int(size), "objects_to_delete": waiting}


def _drift(context: Context, db: Connection) -> list[dict[str, Any]]:
    """Return what runs were sold for beside what they cost at their providers, by model, the dearest of those first."""
    return [
        {
            "model": context.catalog.key_of_model(str(one.model_id)),
            "runs": one.runs,
            "credits_per_run": round(one.estimated, 2),
            "provider_cost_usd_per_run": round(one.actual / CREDITS_PER_DOLLAR, 6),
        }
        for one in cost_drift.by_model(db)[:MOST]
    ]


def _engine_processes(data_dir: Path) -> list[dict[str, Any]]:
    """Return this installation's engine processes on this machine; those of workers elsewhere are seen from there."""
    home = os.fsencode(data_dir.resolve()) + b"/"
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        # One that ends meanwhile, or is another user's, is none of them.
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if ENGINE in command and any(argument.startswith(home) for argument in command):
                pages = int((folder / "statm").read_text().split()[1])
                found.append({"host": socket.gethostname(), "pid": int(folder.name), "memory": pages * PAGE})
    return sorted(found, key=lambda engine: engine["pid"])


def _findings(db: Connection) -> dict[str, Any] | None:
    """Return what `doctor` found last; None until the sweeper has looked."""
    findings = kept.read(db, kept.FINDINGS)
    return None if findings is None else orjson.loads(findings)


def _accounts(db: Connection) -> dict[str, int]:
    there = accounts.c.deleted_at.is_(None)
    suspended = there & accounts.c.suspended_at.is_not(None)
    counts = [func.count(case((which, 1))) for which in (there, suspended)]
    row = db.execute(select(*counts).select_from(accounts)).one()
    return {"active": row[0] - row[1], "suspended": row[1]}


def _versions(context: Context, db: Connection) -> dict[str, Any]:
    try:
        own: str | None = version("genhook")
    except PackageNotFoundError:
        own = None
    database = "sqlite" if context.database.sqlite else "postgresql"
    return {
        "genhook": own,
        "python": platform.python_version(),
        "database": database,
        # Read as it stands: Alembic, which wrote it, is no part of a web process.
        "revision": db.execute(text("SELECT version_num FROM alembic_version")).scalar(),
    }
