"""The deliverer's side of the database: shards, what is due, and what came of it.

Source: design, «The life of a run», 5.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, insert, select, update

from service.accounts.accounts import secrets_of
from service.accounts.crypt import Vault
from service.delivery import subscriptions as hooks
from service.delivery.schedule import Answer, Decision
from service.delivery.shards import SHARDS
from service.store.clock import now
from service.store.database import Database
from service.store.tables import attempts, deliveries, events, shards, subscriptions, workers

ROLE = "callbacks"
FAILING_MS = 5 * 24 * 3600 * 1000
RESPONSE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery whose time has come."""

    id: str
    account_id: str
    event_id: str
    url: str
    shard: int
    body: bytes
    tries: int
    early: int
    created_at: int
    due_at: int
    subscription_id: str | None


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt and what follows from it. `at` in Unix milliseconds."""

    due: Due
    at: int
    duration_ms: int
    answer: Answer
    decision: Decision


class Book:
    """Reads what is due and records what was tried, for one deliverer."""

    def __init__(self, database: Database, vault: Vault, owner: str) -> None:
        """`owner` is the deliverer's incarnation, which holds its shards."""
        self._database = database
        self._vault = vault
        self._owner = owner

    def lease(self) -> set[int]:
        """Take a fair share of the shards that nobody holds, give back what is over it; the shards held."""
        return self._database.write(self._lease)

    def let_go(self) -> None:
        """Give every shard back, at the end."""
        self._database.write(
            lambda db: db.execute(update(shards).where(shards.c.owner == self._owner).values(owner=None))
        )

    def due(self, held: Collection[int], busy: Collection[str], most: int) -> list[Due]:
        """What is due in `held`, at most `most` a shard, without those in `busy`: no host crowds out another."""
        place = func.row_number().over(partition_by=deliveries.c.shard, order_by=deliveries.c.next_attempt_at)
        ready = (
            select(deliveries.c.id, place.label("place"))
            .where(
                deliveries.c.shard.in_(held), deliveries.c.status == "pending", deliveries.c.next_attempt_at <= now()
            )
            .subquery()
        )
        query = (
            select(deliveries, events.c.body)
            .join(ready, ready.c.id == deliveries.c.id)
            .join(events, events.c.id == deliveries.c.event_id)
            .where(ready.c.place <= most)
            .order_by(deliveries.c.next_attempt_at)
        )
        with self._database.read() as db:
            return [_due(row) for row in db.execute(query) if row.id not in busy]

    def next_due(self, held: Collection[int]) -> int | None:
        """When the next delivery in `held` is due (Unix milliseconds), None where nothing waits."""
        query = select(func.min(deliveries.c.next_attempt_at)).where(
            deliveries.c.shard.in_(held), deliveries.c.status == "pending"
        )
        with self._database.read() as db:
            found: int | None = db.execute(query).scalar_one()
        return found

    def secrets(self, account_id: str) -> list[str]:
        """The account's callback secrets that are good now."""
        with self._database.read() as db:
            return secrets_of(db, self._vault, account_id)

    def record(self, tried: Sequence[Attempted]) -> None:
        """Keep the attempts and their consequences, in one transaction."""
        self._database.write(lambda db: _record(db, tried))

    def _lease(self, db: Connection) -> set[int]:
        known = db.execute(select(func.count()).select_from(shards)).scalar_one()
        if known < SHARDS:
            have = set(db.execute(select(shards.c.shard)).scalars())
            db.execute(insert(shards), [{"shard": number} for number in range(SHARDS) if number not in have])
        deliverers = db.execute(select(func.count()).select_from(workers).where(workers.c.role == ROLE)).scalar_one()
        share = -(-SHARDS // max(1, deliverers))
        mine = sorted(db.execute(select(shards.c.shard).where(shards.c.owner == self._owner)).scalars())
        for number in mine[share:]:
            db.execute(update(shards).where(shards.c.shard == number).values(owner=None))
        mine = mine[:share]
        free = select(shards.c.shard).where(shards.c.owner.is_(None)).order_by(shards.c.shard).limit(share - len(mine))
        for number in db.execute(free.with_for_update(skip_locked=True)).scalars().all():
            unowned = (shards.c.shard == number) & shards.c.owner.is_(None)
            if db.execute(update(shards).where(unowned).values(owner=self._owner)).rowcount:
                mine.append(number)
        return set(mine)


def _due(row: Row[*tuple[Any, ...]]) -> Due:
    return Due(
        id=row.id,
        account_id=row.account_id,
        event_id=row.event_id,
        url=row.url,
        shard=row.shard,
        body=row.body,
        tries=row.tries,
        early=row.early,
        created_at=row.created_at,
        due_at=row.next_attempt_at,
        subscription_id=row.subscription_id,
    )


def _record(db: Connection, tried: Sequence[Attempted]) -> None:
    there = set(db.execute(select(deliveries.c.id).where(deliveries.c.id.in_([one.due.id for one in tried]))).scalars())
    # A delivery that was forgotten with its run meanwhile must not keep the others from being recorded.
    tried = [one for one in tried if one.due.id in there]
    if not tried:
        return
    db.execute(insert(attempts), [_attempt_row(one) for one in tried])
    db.execute(_COUNT, [{"this": one.due.id} for one in tried])
    db.execute(_DECIDE, [_decided(one) for one in tried])
    for one in tried:
        if one.due.subscription_id is not None:
            _judge(db, one.due.subscription_id, one.decision)


def _decided(one: Attempted) -> dict[str, Any]:
    decision, moment = one.decision, now()
    over = decision.status != "pending"
    return {
        "this": one.due.id,
        "was_due": one.due.due_at,
        "status": decision.status,
        "tries": decision.tries,
        "early": decision.early,
        "next_attempt_at": None if over else moment + int(decision.delay_s * 1000),
        "finished_at": moment if over else None,
    }


_this = deliveries.c.id == bindparam("this")
_COUNT = update(deliveries).where(_this).values(attempts=deliveries.c.attempts + 1)
# What was given up meanwhile (its subscription is gone) or is to be posted again (a replay) stays so.
_DECIDE = (
    update(deliveries)
    .where(_this, deliveries.c.status == "pending", deliveries.c.next_attempt_at == bindparam("was_due"))
    .values({name: bindparam(name) for name in ("status", "tries", "early", "next_attempt_at", "finished_at")})
)


def _judge(db: Connection, subscription_id: str, decision: Decision) -> None:
    """Disable a subscription whose receiver wants no more, or that failed for five days without a break."""
    this = subscriptions.c.id == subscription_id
    if decision.status == "delivered":
        db.execute(
            update(subscriptions).where(this, subscriptions.c.failing_since.is_not(None)).values(failing_since=None)
        )
        return
    since = case((subscriptions.c.failing_since.is_(None), now()), else_=subscriptions.c.failing_since)
    failing = db.execute(
        update(subscriptions).where(this).values(failing_since=since).returning(subscriptions.c.failing_since)
    ).scalar_one_or_none()
    if decision.gone:
        hooks.disable(db, subscription_id, "The receiver answered 410 Gone.")
    elif failing is not None and now() - failing >= FAILING_MS:
        hooks.disable(db, subscription_id, "Every delivery failed for 5 days.")


def _attempt_row(one: Attempted) -> dict[str, object]:
    answer = one.answer
    said = answer.body[:RESPONSE_BYTES].decode("utf-8", "replace").replace("\0", "") if answer.status else None
    return {
        "delivery_id": one.due.id,
        "at": one.at,
        "status_code": answer.status,
        "duration_ms": one.duration_ms,
        "response": said,
        "error": answer.error,
    }
