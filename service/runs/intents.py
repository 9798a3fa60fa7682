"""The record of paid calls: the intent before each POST, the ticket right after it, closed with the run."""

from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from service.errors import Lost
from service.generation.paid_calls import PaidCall
from service.providers.base import Ticket
from service.store.clock import now
from service.store.database import Database
from service.store.tables import intents, runs

# The step of a run that submits; a step that pays again has a number of its own.
SUBMIT = 0


class IntentLog:
    """The paid calls of one claimed run."""

    def __init__(self, database: Database, run_id: str, fence: int, step: int = SUBMIT) -> None:
        """`fence` is the claim's: who lost the run sends nothing any more."""
        self._database = database
        self._run_id = run_id
        self._fence = fence
        self._step = step

    @property
    def _mine(self) -> ColumnElement[bool]:
        return (intents.c.run_id == self._run_id) & (intents.c.step == self._step)

    def entries(self) -> list[PaidCall]:
        """List every call by number, with its ticket or error and its age."""
        with self._database.read() as db:
            return recorded(db, self._run_id, self._step)

    def intend(self, number: int, provider: str, items: int) -> None:
        """Commit that a call for so many items is about to be sent. Raises Lost where this claim lost the run."""

        def work(db: Connection) -> None:
            held = (runs.c.id == self._run_id) & (runs.c.fence == self._fence) & (runs.c.slot == "claimed")
            if db.execute(select(runs.c.id).where(held).with_for_update()).first() is None:
                raise Lost("The run has ended, or another worker has it.")
            row = {"run_id": self._run_id, "step": self._step, "number": number, "provider": provider, "items": items}
            db.execute(insert(intents), row | {"created_at": now()})

        self._database.write(work)

    def receive(self, number: int, ticket: Ticket) -> None:
        """Commit the ticket, whoever has the run by now: it is what the provider can be asked, and told to stop."""
        self._set(number, ticket=orjson.dumps(ticket.data).decode())

    def fail(self, number: int, reason: str, unbilled: bool) -> None:
        """Commit that nothing will come of the call; `unbilled` where the provider certainly bills nothing."""
        self._set(number, error=reason, unbilled=unbilled)

    def withdraw(self, number: int) -> None:
        """Forget a call that was proven not to have been received."""
        self._database.write(lambda db: db.execute(delete(intents).where(self._mine, intents.c.number == number)))

    def close(self, number: int, unbilled: bool) -> None:
        """Commit that nothing is left to stop; `unbilled` where the provider confirmed that it bills nothing."""
        self._set(number, closed_at=now(), unbilled=unbilled)

    def _set(self, number: int, **values: Any) -> None:
        change = update(intents).where(self._mine, intents.c.number == number).values(**values)
        self._database.write(lambda db: db.execute(change))


def recorded(db: Connection, run_id: str, step: int = SUBMIT) -> list[PaidCall]:
    """List the paid calls of a run's step, by number."""
    moment = now()
    query = select(intents).where(intents.c.run_id == run_id, intents.c.step == step).order_by(intents.c.number)
    return [
        PaidCall(
            ticket=None if row.ticket is None else Ticket(row.provider, orjson.loads(row.ticket)),
            error=row.error,
            age=(moment - row.created_at) / 1000,
            items=row.items,
            closed=row.closed_at is not None,
            unbilled=bool(row.unbilled),
        )
        for row in db.execute(query)
    ]


def any_sent(db: Connection, run_id: str) -> bool:
    """Tell whether a paid call of the run was sent: an intent that was not withdrawn counts as sent."""
    return db.execute(select(intents.c.number).where(intents.c.run_id == run_id).limit(1)).first() is not None


def close(db: Connection, run_id: str) -> None:
    """Close the calls of a run that ended with its provider's own answer: nothing is left to stop there."""
    open_calls = (intents.c.run_id == run_id) & intents.c.closed_at.is_(None)
    db.execute(update(intents).where(open_calls).values(closed_at=now()))
