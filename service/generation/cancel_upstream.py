"""Stopping work at providers whose run has ended here: canceled, timed out or lost. Once each, as well as may be.

Never in a transaction, never in the web process. Source: issue «Real providers»; design, «The life of a run», 4.
"""

from functools import partial
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, select, update

from service.generation.access import Desk
from service.generation.order import HOSTED, told
from service.providers.base import Ticket
from service.store.clock import now
from service.store.database import Database
from service.store.tables import intents, run_bodies, runs

AT_ONCE = 16
log = structlog.get_logger("recall")


def recall(database: Database, desk: Desk) -> int:
    """Tell providers to stop what nobody waits for any more; how many have stopped."""
    stopped = 0
    with database.read() as db:
        rows = db.execute(_LEFT_OPEN.limit(AT_ONCE)).all()
    for row in rows:
        if database.write(partial(_take, row)):
            stopped += _stop(desk, row)
    return stopped


_LEFT_OPEN = (
    select(
        intents.c.run_id,
        intents.c.step,
        intents.c.number,
        intents.c.provider,
        intents.c.ticket,
        runs.c.account_id,
        run_bodies.c.order,
    )
    .join(runs, runs.c.id == intents.c.run_id)
    .join(run_bodies, run_bodies.c.run_id == intents.c.run_id)
    .where(intents.c.closed_at.is_(None), intents.c.ticket.is_not(None), runs.c.slot == "ended", runs.c.api != HOSTED)
)


def _take(row: Any, db: Connection) -> bool:
    """Whether this worker is the one to tell."""
    this = (intents.c.run_id == row.run_id) & (intents.c.step == row.step) & (intents.c.number == row.number)
    return bool(db.execute(update(intents).where(this, intents.c.closed_at.is_(None)).values(closed_at=now())).rowcount)


def _stop(desk: Desk, row: Any) -> bool:
    try:
        provider = desk.open(row.provider, row.account_id, told(row.order).byok)
        stopped = provider.cancel(Ticket(row.provider, orjson.loads(row.ticket)))
    except Exception as error:
        log.warning("could not be stopped", run=row.run_id, provider=row.provider, error=str(error))
        return False
    log.info("stopped" if stopped else "not stopped", run=row.run_id, provider=row.provider)
    return stopped
