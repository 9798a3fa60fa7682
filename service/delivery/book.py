"""The deliverer's side of the database: shards, what is due, and what came of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    String,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    not_,
    select,
    update,
)

from service.delivery import subscriptions as hooks
from service.delivery.schedule import Decision, Receipt
from service.delivery.shards import SHARDS
from service.store.clock import now
from service.store.database import Database
from service.store.lists import Given, one_of
from service.store.memory_shares import LARGE
from service.store.statements import Statement, enter, together
from service.store.tables import (
    accounts,
    attempts,
    callbacks,
    deliveries,
    events,
    shards,
    subscriptions,
    workers,
)

ROLE = "callbacks"
FAILING_MS = 5 * 24 * 3600 * 1000
RESPONSE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery whose time has come. `secrets` are its account's, `headers` the caller's own, both as stored.

    The event's body has `size` bytes; a large one is read when it is posted, and `body` is empty or None.
    """

    id: str
    event_id: str
    event: str
    url: str
    shard: int
    body: bytes | None
    size: int
    tries: int
    early: int
    created_at: int
    due_at: int
    subscription_id: str | None
    secrets: str
    account_id: str
    headers: str | None


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt and what follows from it. `at` in Unix milliseconds."""

    due: Due
    at: int
    duration_ms: int
    answer: Receipt
    decision: Decision


@dataclass(frozen=True, slots=True)
class Look:
    """The deliveries that are due now, and when (Unix milliseconds) the next will be, None where nothing waits."""

    due: list[Due]
    upcoming: int | None


class Book:
    """Reads what is due and records what was tried, for one deliverer."""

    def __init__(self, database: Database, owner: str) -> None:
        """`owner` is the deliverer's incarnation, which holds its shards."""
        self._database = database
        self._owner = owner

    def lease(self) -> set[int]:
        """Take a fair share of the shards that nobody holds, give back what is over it; the shards held."""
        return self._database.write(self._lease)

    def let_go(self) -> None:
        """Give every shard back, at the end."""
        self._database.write(
            lambda db: db.execute(update(shards).where(shards.c.owner == self._owner).values(owner=None))
        )

    def look(
        self,
        asked: Collection[int],
        held: Collection[int],
        busy: Collection[str],
        most: int,
        full: Collection[tuple[int, str]] = (),
    ) -> Look:
        """At most `most` of what is due in the shards `asked`, the longest due of a shard first.

        Without the deliveries in `busy`, and those of the accounts that are `full` in a shard.

        And when the next of all that are `held` will be.
        """
        moment = now()
        with self._database.read() as db:
            shares = [f"{shard}:{account}" for shard, account in full]
            given = {"shards": asked, "busy": busy, "most": most, "moment": moment, "full": shares}
            due, ((upcoming,),) = together(db, (_DUE, given), (_UPCOMING, {"shards": held, "moment": moment}))
        return Look([Due(*row) for row in due], upcoming)

    def record(self, tried: Sequence[Attempted]) -> None:
        """Keep the attempts and their consequences, in one transaction."""
        self._database.write(lambda db: _record(db, tried))

    def body(self, due: Due) -> bytes:
        """Return the bytes of the event."""
        if due.body and due.size < LARGE:
            return due.body
        with self._database.read() as db:
            body: bytes = db.execute(select(events.c.body).where(events.c.id == due.event_id)).scalar_one()
        return body

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


def _record(db: Connection, tried: Sequence[Attempted]) -> None:
    there = set(_THERE.column(db, delivery_ids=[one.due.id for one in tried]))
    # A delivery that was forgotten with its run meanwhile must not keep the others from being recorded.
    tried = [one for one in tried if one.due.id in there]
    if not tried:
        return
    enter(db, attempts, [_attempt_row(one) for one in tried])
    _DECIDE.put_off(db, decided=[_decided(one) for one in tried])
    _judge(db, [one for one in tried if one.due.subscription_id is not None])


def _decided(one: Attempted) -> dict[str, Any]:
    decision, moment = one.decision, now()
    over = decision.status != "pending"
    return {
        "this": one.due.id,
        "was_due": one.due.due_at,
        "new_status": decision.status,
        "new_tries": decision.tries,
        "new_early": decision.early,
        "new_next_attempt_at": None if over else moment + int(decision.delay_s * 1000),
        "new_finished_at": moment if over else None,
    }


def _judge(db: Connection, tried: Sequence[Attempted]) -> None:
    """Disable subscriptions whose receiver wants no more, or that failed for five days without a break."""
    subscribed = [(one.due.subscription_id, one.decision) for one in tried if one.due.subscription_id is not None]
    heard = {name for name, decision in subscribed if decision.status == "delivered"}
    if heard:
        db.execute(_UNBREAK, {"ids": sorted(heard)})
    failing = sorted(name for name, decision in dict(subscribed).items() if decision.status != "delivered")
    if failing:
        since = db.execute(_FAIL, {"ids": failing, "moment": now()})
        for name in [row.id for row in since if now() - row.failing_since >= FAILING_MS]:
            hooks.disable(db, name, "Every delivery failed for 5 days.")
    for name in {name for name, decision in subscribed if decision.gone}:
        hooks.disable(db, name, "The receiver answered 410 Gone.")


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


# Built once: they are all that a look and a record say.
_SHARE = cast(deliveries.c.shard, String) + ":" + deliveries.c.account_id
_pending = deliveries.c.status == literal_column("'pending'")
_DUE = Statement(
    "book.due",
    # In the order of `Due`.
    select(
        deliveries.c.id,
        deliveries.c.event_id,
        deliveries.c.event,
        deliveries.c.url,
        deliveries.c.shard,
        case((func.length(events.c.body) < LARGE, events.c.body)).label("body"),
        func.length(events.c.body).label("size"),
        deliveries.c.tries,
        deliveries.c.early,
        deliveries.c.created_at,
        deliveries.c.next_attempt_at,
        deliveries.c.subscription_id,
        accounts.c.secrets,
        deliveries.c.account_id,
        func.coalesce(callbacks.c.headers, subscriptions.c.headers),
    )
    .join(events, events.c.id == deliveries.c.event_id)
    .join(accounts, accounts.c.id == deliveries.c.account_id)
    .outerjoin(callbacks, callbacks.c.id == deliveries.c.callback_id)
    .outerjoin(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .where(
        one_of(deliveries.c.shard, "shards"),
        _pending,
        deliveries.c.next_attempt_at <= bindparam("moment"),
        not_(one_of(deliveries.c.id, "busy")),
        not_(one_of(_SHARE, "full")),
    )
    # The order of the index, so that a look costs what it finds and not what waits.
    .order_by(deliveries.c.shard, deliveries.c.next_attempt_at)
    .limit(bindparam("most", type_=Integer)),
    packed=True,
)
_UPCOMING = Statement(
    "book.upcoming",
    select(func.min(deliveries.c.next_attempt_at)).where(
        one_of(deliveries.c.shard, "shards"), _pending, deliveries.c.next_attempt_at > bindparam("moment")
    ),
)
_THERE = Statement("book.there", select(deliveries.c.id).where(one_of(deliveries.c.id, "delivery_ids")))
# What was given up meanwhile (its subscription is gone) or is to be posted again (a replay) stays so.
_given = Given("decided")
_undisturbed = (deliveries.c.status == "pending") & (
    deliveries.c.next_attempt_at == _given.column("was_due", deliveries.c.next_attempt_at.type)
)
_DECIDE = Statement(
    "book.decide",
    update(deliveries)
    .where(deliveries.c.id == _given.column("this", deliveries.c.id.type))
    .values(
        {
            "attempts": deliveries.c.attempts + 1,
            **{
                name: case((_undisturbed, _given.column(f"new_{name}", column.type)), else_=column)
                for name, column in deliveries.c.items()
                if name in ("status", "tries", "early", "next_attempt_at", "finished_at")
            },
        }
    ),
)
_these = subscriptions.c.id.in_(bindparam("ids", expanding=True))
_UNBREAK = update(subscriptions).where(_these, subscriptions.c.failing_since.is_not(None)).values(failing_since=None)
_FAIL = (
    update(subscriptions)
    .where(_these)
    .values(failing_since=func.coalesce(subscriptions.c.failing_since, bindparam("moment")))
    .returning(subscriptions.c.id, subscriptions.c.failing_since)
)
