"""`/healthz`, `/readyz` and `/metrics`."""

import hmac
import threading
import time
from typing import Any

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import Select, func, select, text

from service.context import Context
from service.errors import NotFound
from service.store.clock import now
from service.store.disk import writable
from service.store.tables import deliveries, runs, workers
from service.telemetry.gathering import Gathering
from service.web.faces import json
from service.web.proxies import is_local

# Seconds that a reading of the gauges is good for, and how many times longer than it took.
KEPT_S = 5.0
KEPT_TIMES = 20
# Seconds back to which ended runs are counted.
RECENT_S = 3600


def blueprint(context: Context) -> Blueprint:
    """Routes that need no key and count towards no limit."""
    routes = Blueprint("health", __name__)
    gathered = Gathered(context)

    @routes.get("/healthz")
    def healthy() -> Response:
        return json({"status": "ok"})

    @routes.get("/readyz")
    def ready() -> Response:
        checks = {"database": _database(context), "redis": context.bell.alive(), "worker": _working(context)}
        checks["disk"] = not _uses_disk(context) or writable(context.settings.data_dir)
        fine = all(checks.values())
        return json({"status": "ready" if fine else "not ready", "checks": checks}, 200 if fine else 503)

    @routes.get("/metrics")
    def metrics() -> Response:
        if not _may_scrape(context.settings.metrics_token):
            raise NotFound(f"There is nothing at {request.path}.")
        return Response(gathered.text(), content_type=CONTENT_TYPE_LATEST)

    return routes


class Gathered:
    """The metrics as text, read at most every few seconds, however often they are scraped."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self._context, self._lock = context, threading.Lock()
        self._gathering = Gathering(context.settings.redis)
        self._text, self._until = b"", 0.0

    def text(self) -> bytes:
        """Return gauges and counters; who comes while they are being read waits for the same reading."""
        with self._lock:
            if time.monotonic() >= self._until:
                began = time.monotonic()
                self._text = _metrics(self._context, self._gathering)
                # A reading that takes long is made the more seldom.
                self._until = time.monotonic() + max(KEPT_S, KEPT_TIMES * (time.monotonic() - began))
            return self._text


def _may_scrape(token: str) -> bool:
    """Tell if this caller may read the metrics: by METRICS_TOKEN, or without one from this machine itself."""
    if not token:
        return is_local(request.environ)
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), token.encode())


def _uses_disk(context: Context) -> bool:
    """Tell whether what is kept lies in the data dir."""
    folder = str(context.settings.data_dir.resolve())
    stored = context.settings.storage.startswith(f"file://{folder}")
    return stored or not context.settings.database_url


def _database(context: Context) -> bool:
    try:
        with context.database.read() as db:
            return bool(db.execute(text("SELECT 1")).scalar_one())
    except Exception:
        return False


def _working(context: Context) -> bool:
    """Tell whether a worker has a row: the sweeper takes out the rows of the dead within seconds."""
    try:
        with context.database.read() as db:
            return db.execute(select(workers.c.id).where(workers.c.role == "worker").limit(1)).first() is not None
    except Exception:
        return False


def counts(moment: int) -> dict[str, Select[Any]]:
    """Return what is counted at this moment, by name: by a partial index or a range of ids, never the whole table. The
    conditions are written out, as the indexes have them: a bound value would be planned without."""
    ended, unended, ready = text("slot = 'ended'"), text("slot <> 'ended'"), text("slot = 'ready'")
    by_status = select(runs.c.api, runs.c.status, func.count()).group_by(runs.c.api, runs.c.status)
    # Ids begin with their moment.
    recent = runs.c.id >= f"run_{moment - RECENT_S * 1000:012x}"
    return {
        "unended": by_status.where(unended),
        "ended": by_status.where(recent, ended),
        "due": select(runs.c.lane, func.count(), func.min(runs.c.wake_at))
        .where(ready, runs.c.wake_at <= moment)
        .group_by(runs.c.lane),
        "held": select(func.coalesce(func.sum(runs.c.held), 0)).where(unended),
        "pending": select(func.count()).select_from(deliveries).where(text("status = 'pending'")),
        "workers": select(workers.c.role, func.count()).group_by(workers.c.role),
    }


def _metrics(context: Context, gathering: Gathering) -> bytes:
    """Write what all processes have counted, and gauges read from the database: the same whichever process is asked."""
    registry, moment = CollectorRegistry(), now()
    _count(registry, gathering)
    shown = "Runs by status: all that have not ended, and the ended ones of those accepted within the last hour."
    by_status = Gauge("genhook_runs", shown, ["api", "status"], registry=registry)
    due = Gauge("genhook_runs_due", "Runs that a worker could claim now.", ["lane"], registry=registry)
    pending = Gauge("genhook_deliveries_pending", "Deliveries not yet delivered or given up.", registry=registry)
    waits = Gauge("genhook_queue_age_seconds", "Seconds that the oldest due run waits.", ["lane"], registry=registry)
    held = Gauge("genhook_credits_held", "Credits held for runs that have not ended.", registry=registry)
    alive = Gauge("genhook_workers", "Live processes by role.", ["role"], registry=registry)
    with context.database.read() as db:
        counted = {name: db.execute(query).all() for name, query in counts(moment).items()}
    for gauge, rows in (
        (by_status, [*counted["unended"], *counted["ended"]]),
        (due, [(lane, number) for lane, number, _ in counted["due"]]),
        (waits, [(lane, (moment - oldest) / 1000) for lane, _, oldest in counted["due"]]),
        (alive, counted["workers"]),
    ):
        for *labels, count in rows:
            gauge.labels(*labels).set(count)
    pending.set(counted["pending"][0][0])
    held.set(counted["held"][0][0])
    return generate_latest(registry)


def _count(registry: CollectorRegistry, gathering: Gathering) -> None:
    """Enter the sums of all processes; with Redis away there are none, which is told."""
    up = Gauge("genhook_redis_up", "1 where Redis answers; with 0 the counters are left out.", registry=registry)
    try:
        registry.register(gathering.sums())
        up.set(1)
    except RedisError:
        up.set(0)
