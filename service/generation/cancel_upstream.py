"""Stopping paid work at providers: of a run that its caller cancels, and of one that has ended here otherwise.

Never in a transaction, never in the web process. A canceled run is charged for the calls that were sent, up to its
hold, save those of which the provider confirms that it bills nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, select, update

from service.accounts.credits import charge_note
from service.generation.access import ProviderAccess
from service.generation.calls import told
from service.generation.engine import Place
from service.generation.order import HOSTED, Order
from service.generation.paid import Waiting
from service.generation.paid_calls import PaidCall
from service.providers.base import Stop, Ticket
from service.store.clock import now
from service.store.database import Database
from service.store.tables import intents, run_bodies, runs

AT_ONCE = 16
# A call that was sent when the cancel came has this long for its ticket, by which the provider can be asked to stop.
TICKET_S = 10.0
LOOK_AGAIN_S = 0.5
log = structlog.get_logger("cancel_upstream")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A canceled run whose paid calls are settled: the credits due for what was sent, and why so many."""

    credits: int
    message: str


def stop(access: ProviderAccess, order: Order, place: Place, asked_s: float) -> Settlement | Waiting:
    """Ask the provider to stop a canceled run's calls, and settle them; Waiting while a call has no ticket yet.

    `asked_s` is how long ago the cancel was asked for.
    """
    entries = place.book.entries()
    if order.provider == HOSTED:
        return settled(order, entries)
    for number, entry in enumerate(entries):
        if entry.ticket is not None and not entry.closed:
            unbilled = _stop_call(access, entry.ticket, place.run_id, place.account_id, order.byok) is Stop.UNBILLED
            place.book.close(number, unbilled)
            entries[number] = replace(entry, closed=True, unbilled=unbilled)
    if asked_s < TICKET_S and any(entry.in_flight for entry in entries):
        return Waiting(0.0, LOOK_AGAIN_S)
    return settled(order, entries)


def settled(order: Order, entries: Sequence[PaidCall]) -> Settlement:
    """Settle a canceled run by its recorded calls, as they stand."""
    if order.provider == HOSTED:
        where = order.facts["connection"]
        return Settlement(0, f"The run was canceled after it was sent to {where}; nothing was charged here.")
    billed = [entry for entry in entries if not entry.unbilled]
    name, sent = order.provider, f"{len(billed)} of its {len(entries)} paid calls"
    if not billed:
        return Settlement(0, f"The run was canceled; {name} bills nothing for it, and nothing was charged.")
    if order.byok:
        return Settlement(
            0, f"The run was canceled after {sent} went to {name} with your own key; nothing was charged."
        )
    items = sum(order.task.count if entry.items is None else entry.items for entry in billed)
    credits = order.price_of(min(items, order.task.count))
    what = "its paid call was" if len(entries) == 1 else f"{sent} were"
    return Settlement(
        credits, f"The run was canceled after {what} sent to {name}, which may bill it; {charge_note(credits)}."
    )


def stop_abandoned(database: Database, access: ProviderAccess) -> int:
    """Ask providers to stop what runs that have ended left open there, once each; count what has stopped."""
    stopped = 0
    with database.read() as db:
        rows = db.execute(_LEFT_OPEN.limit(AT_ONCE)).all()
    for row in rows:
        if database.write(partial(_take, row)):
            ticket = Ticket(row.provider, orjson.loads(row.ticket))
            outcome = _stop_call(access, ticket, row.run_id, row.account_id, _byok(row))
            stopped += outcome is not Stop.GOES_ON
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
    """Mark the call as closed; whether this worker is the one that did, and so the one to ask."""
    this = (intents.c.run_id == row.run_id) & (intents.c.step == row.step) & (intents.c.number == row.number)
    return bool(db.execute(update(intents).where(this, intents.c.closed_at.is_(None)).values(closed_at=now())).rowcount)


def _byok(row: Any) -> bool:
    # Of whatever version the order is.
    return bool(orjson.loads(row.order).get("byok"))


def _stop_call(access: ProviderAccess, ticket: Ticket, run_id: str, account_id: str, byok: bool) -> Stop:
    """Ask for one call; a provider that can't be asked goes on."""
    try:
        with told(ticket.provider, "cancel"):
            outcome = access.open(ticket.provider, account_id, byok).cancel(ticket)
    except Exception as error:
        log.warning("provider could not be asked to stop", run=run_id, provider=ticket.provider, error=str(error))
        return Stop.GOES_ON
    log.info("provider was asked to stop", run=run_id, provider=ticket.provider, outcome=outcome.value)
    return outcome
