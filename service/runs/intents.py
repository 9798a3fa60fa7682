"""The record of paid calls: the intent before each POST, the ticket right after it, closed with the run.

Source: design, «The life of a run», 3.
"""

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from service.errors import Lost
from service.generation.paid import Entry
from service.providers.base import Ticket
from service.store.clock import now
from service.store.database import Database
from service.store.tables import intents, runs

# The step of a run that submits; a step that pays again has a number of its own.
SUBMIT = 0


class IntentBook:
    """The paid calls of one claimed run."""

    def __init__(self, database: Database, run_id: str, fence: int, step: int = SUBMIT) -> None:
        """`fence` is the claim's: who lost the run sends nothing any more."""
        self._database = database
        self._run_id = run_id
        self._fence = fence
        self._step = step
        self._mine = (intents.c.run_id == run_id) & (intents.c.step == step)

    def entries(self) -> list[Entry]:
        """Every call by number, with its ticket or error and its age."""
        query = select(intents).where(self._mine).order_by(intents.c.number)
        moment = now()
        with self._database.read() as db:
            rows = db.execute(query).all()
        return [
            Entry(
                ticket=None if row.ticket is None else Ticket(row.provider, orjson.loads(row.ticket)),
                error=row.error,
                age=(moment - row.created_at) / 1000,
            )
            for row in rows
        ]

    def intend(self, number: int, provider: str) -> None:
        """Commit that the call is about to be sent. Raises Lost where the run is not this claim's any more."""

        def work(db: Connection) -> None:
            held = (runs.c.id == self._run_id) & (runs.c.fence == self._fence) & (runs.c.slot == "claimed")
            if db.execute(select(runs.c.id).where(held).with_for_update()).first() is None:
                raise Lost("The run has ended, or another worker has it.")
            row = {"run_id": self._run_id, "step": self._step, "number": number, "provider": provider}
            db.execute(insert(intents), row | {"created_at": now()})

        self._database.write(work)

    def receive(self, number: int, ticket: Ticket) -> None:
        """Commit the ticket, whoever has the run by now: it is what the provider can be asked, and told to stop."""
        self._set(number, ticket=orjson.dumps(ticket.data).decode())

    def fail(self, number: int, reason: str) -> None:
        """Commit that nothing will come of the call."""
        self._set(number, error=reason)

    def withdraw(self, number: int) -> None:
        """Forget a call that was proven not to have been received."""
        self._database.write(lambda db: db.execute(delete(intents).where(self._mine, intents.c.number == number)))

    def _set(self, number: int, **values: str) -> None:
        change = update(intents).where(self._mine, intents.c.number == number).values(**values)
        self._database.write(lambda db: db.execute(change))


def close(db: Connection, run_id: str) -> None:
    """The run ended with its provider's own answer: nothing is left to stop there."""
    open_calls = (intents.c.run_id == run_id) & intents.c.closed_at.is_(None)
    db.execute(update(intents).where(open_calls).values(closed_at=now()))
