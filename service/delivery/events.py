"""Events and the deliveries that they give rise to, in the transaction of what they tell.

Source: contract, section 4; design, «The life of a run», 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    cast,
    false,
    insert,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.types import Integer, String

from service.store.tables import callbacks, deliveries, events, runs, subscriptions


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event to put on its way. `body` are the bytes that will be signed and posted, unchanged."""

    id: str
    run_id: str
    account_id: str
    type: str
    final: bool
    body: bytes
    created_at: int


COLUMNS = (
    "id",
    "account_id",
    "event_id",
    "run_id",
    "callback_id",
    "subscription_id",
    "event",
    "final",
    "url",
    "shard",
    "status",
    "tries",
    "early",
    "attempts",
    "next_attempt_at",
    "created_at",
)


def emit(db: Connection, new: Sequence[NewEvent]) -> None:
    """Enter the events and, one INSERT … SELECT each, the deliveries to callbacks and to subscriptions."""
    if not new:
        return
    enter(db, new)
    ids = [event.id for event in new]
    db.execute(insert(deliveries).from_select(COLUMNS, _to_callbacks(ids)))
    db.execute(insert(deliveries).from_select(COLUMNS, _to_subscriptions(ids)))


def enter(db: Connection, new: Sequence[NewEvent]) -> None:
    """Enter the events alone."""
    rows = [
        {
            "id": event.id,
            "account_id": event.account_id,
            "run_id": event.run_id,
            "type": event.type,
            "final": event.final,
            "body": event.body,
            "created_at": event.created_at,
        }
        for event in new
    ]
    db.execute(insert(events), rows)


def final_of(db: Connection, run_id: str) -> str | None:
    """The event of the run's end, where it was told to anybody."""
    return db.execute(select(events.c.id).where(events.c.run_id == run_id, events.c.final)).scalars().first()


def deliver(db: Connection, event_id: str, callback_id: int) -> None:
    """Put one event on its way to one callback that was added later."""
    db.execute(insert(deliveries).from_select(COLUMNS, _to_callbacks([event_id]).where(callbacks.c.id == callback_id)))


def heard(db: Connection, run_ids: Sequence[str], type: str | None = None) -> set[str]:
    """The runs of which somebody wants to hear (this type of event, where one is named)."""
    wanted = true() if type is None else callbacks.c.events.contains(f",{type},")
    by_callback = select(callbacks.c.run_id).where(callbacks.c.run_id.in_(run_ids), wanted)
    subscribed = true() if type is None else subscriptions.c.events.contains(f",{type},")
    by_subscription = (
        select(runs.c.id)
        .join(subscriptions, subscriptions.c.account_id == runs.c.account_id)
        .where(runs.c.id.in_(run_ids), subscriptions.c.status == "active", subscribed)
    )
    return set(db.execute(by_callback).scalars()) | set(db.execute(by_subscription).scalars())


def _to_callbacks(event_ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    number = cast(callbacks.c.id, String)
    return (
        select(
            events.c.id + ".c" + number,
            *_shared(),
            callbacks.c.id,
            null(),
            events.c.type,
            events.c.final,
            callbacks.c.url,
            callbacks.c.shard,
            *_fresh(),
        )
        .join(callbacks, callbacks.c.run_id == events.c.run_id)
        .where(events.c.id.in_(event_ids), callbacks.c.events.contains("," + events.c.type + ","))
    )


def _to_subscriptions(event_ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Generates from every door, other kinds only where `actions` names them."""
    every_generate = and_(subscriptions.c.actions == "", runs.c.kind == "generate")
    return (
        select(
            events.c.id + "." + subscriptions.c.id,
            *_shared(),
            cast(null(), Integer),
            subscriptions.c.id,
            events.c.type,
            events.c.final,
            subscriptions.c.target_url,
            subscriptions.c.shard,
            *_fresh(),
        )
        .join(runs, runs.c.id == events.c.run_id)
        .join(subscriptions, subscriptions.c.account_id == events.c.account_id)
        .where(
            events.c.id.in_(event_ids),
            subscriptions.c.status == "active",
            subscriptions.c.events.contains("," + events.c.type + ","),
            or_(every_generate, subscriptions.c.actions.contains("," + runs.c.action + ","), false()),
        )
    )


def _shared() -> tuple[Column[Any], ...]:
    return events.c.account_id, events.c.id, events.c.run_id


def _fresh() -> tuple[ColumnElement[Any], ...]:
    return (
        literal("pending"),
        literal(0),
        literal(0),
        literal(0),
        events.c.created_at,
        events.c.created_at,
    )
