"""Events and the deliveries that they give rise to, in the transaction of what they tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    cast,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.types import Integer, String

from service.store import statements
from service.store.clock import iso, new_id, now
from service.store.lists import one_of
from service.store.statements import Statement
from service.store.tables import callbacks, deliveries, events, runs, subscriptions

# The run of an event that is about none.
NO_RUN = ""
PROGRESS = "run.progress"
# Told once, and no more often than this.
PROGRESS_MS = 5_000


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
    """Enter the events and, by one INSERT … SELECT, the deliveries to callbacks and to subscriptions."""
    if not new:
        return
    overtaking = [event.run_id for event in new if event.final or event.type == PROGRESS]
    if overtaking:
        _OVERTAKE.put_off(db, run_ids=overtaking, moment=now())
    enter(db, new)
    _DELIVER.put_off(db, event_ids=[event.id for event in new])


def emit_to_account(db: Connection, account_id: str, type: str, data: Mapping[str, Any]) -> None:
    """Put an event that is about no run on its way to those of the account's subscriptions that name its type."""
    if db.execute(_SUBSCRIBED, {"account": account_id, "wanted": f",{type},"}).first() is None:
        return
    event_id, moment = new_id("msg"), now()
    body = orjson.dumps({"type": type, "timestamp": iso(moment), "data": data})
    enter(db, [NewEvent(event_id, NO_RUN, account_id, type, True, body, moment)])
    db.execute(_ENTER_ACCOUNT, {"event_id": event_id})


def enter(db: Connection, new: Sequence[NewEvent]) -> None:
    """Enter the events alone."""
    statements.enter(db, events, [{name: getattr(event, name) for name in NewEvent.__slots__} for event in new])


def final_of(db: Connection, run_id: str) -> str | None:
    """The event of the run's end, where it was told to anybody."""
    return db.execute(select(events.c.id).where(events.c.run_id == run_id, events.c.final)).scalars().first()


def deliver(db: Connection, event_id: str, callback_id: int) -> None:
    """Put one event on its way to one callback that was added later."""
    one = _to_callbacks().where(callbacks.c.id == callback_id)
    db.execute(insert(deliveries).from_select(COLUMNS, one), {"event_ids": [event_id]})


def heard(db: Connection, run_ids: Sequence[str], type: str | None = None) -> set[str]:
    """The runs of which somebody wants to hear now (this type of event, where one is named)."""
    if type == PROGRESS:
        lately = _TOLD_PROGRESS.column(db, run_ids=run_ids, since=now() - PROGRESS_MS)
        run_ids = sorted(set(run_ids).difference(lately))
    return set(_HEARD[type].column(db, run_ids=run_ids))


def hears(type: str | None = None) -> ColumnElement[bool]:
    """The condition that somebody wants to hear of the run in `runs` (this type of event, where one is named)."""
    by_callback = select(callbacks.c.id).where(callbacks.c.run_id == runs.c.id, _named(callbacks.c.events, type))
    by_subscription = select(subscriptions.c.id).where(
        subscriptions.c.account_id == runs.c.account_id,
        subscriptions.c.status == literal_column("'active'"),
        _named(subscriptions.c.events, type),
    )
    # Not EXISTS, for which PostgreSQL may read all callbacks into a hash.
    first = [one.correlate(runs).limit(1).scalar_subquery() for one in (by_callback, by_subscription)]
    return or_(*(found.is_not(None) for found in first))


def _named(listed: ColumnElement[str], type: str | None) -> ColumnElement[bool]:
    return true() if type is None else listed.contains(f",{type},")


def _to_callbacks() -> Select[*tuple[Any, ...]]:
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
        .where(one_of(events.c.id, "event_ids"), callbacks.c.events.contains("," + events.c.type + ","))
    )


def _for_subscriptions() -> Select[*tuple[Any, ...]]:
    """The columns of a delivery to a subscription."""
    return select(
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


def _to_subscriptions() -> Select[*tuple[Any, ...]]:
    """Generates from every door, other kinds only where `actions` names them."""
    every_generate = and_(subscriptions.c.actions == "", runs.c.kind == "generate")
    return (
        _for_subscriptions()
        .join(runs, runs.c.id == events.c.run_id)
        .join(subscriptions, subscriptions.c.account_id == events.c.account_id)
        .where(
            one_of(events.c.id, "event_ids"),
            subscriptions.c.status == "active",
            subscriptions.c.events.contains("," + events.c.type + ","),
            or_(every_generate, subscriptions.c.actions.contains("," + runs.c.action + ",")),
        )
    )


def _of_account() -> Select[*tuple[Any, ...]]:
    """An event that is about no run, to each subscription that names its type, whatever its actions."""
    return (
        _for_subscriptions()
        .join(subscriptions, subscriptions.c.account_id == events.c.account_id)
        .where(
            events.c.id == bindparam("event_id"),
            subscriptions.c.status == "active",
            subscriptions.c.events.contains("," + events.c.type + ","),
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


_HEARD = {
    type: Statement(f"events.heard.{type or 'any'}", select(runs.c.id).where(one_of(runs.c.id, "run_ids"), hears(type)))
    for type in (None, PROGRESS)
}
_TOLD_PROGRESS = Statement(
    "events.told_progress",
    select(events.c.run_id).where(
        one_of(events.c.run_id, "run_ids"), events.c.type == PROGRESS, events.c.created_at > bindparam("since")
    ),
)
# Progress that still waits to be told is not told after the next, nor after the end.
_OVERTAKE = Statement(
    "events.overtake",
    update(deliveries)
    .where(one_of(deliveries.c.run_id, "run_ids"), deliveries.c.event == PROGRESS, deliveries.c.status == "pending")
    .values(status="failed", next_attempt_at=None, finished_at=bindparam("moment")),
)
_DELIVER = Statement(
    "events.deliver", insert(deliveries).from_select(COLUMNS, _to_callbacks().union_all(_to_subscriptions()))
)
_ENTER_ACCOUNT = insert(deliveries).from_select(COLUMNS, _of_account())
_SUBSCRIBED = select(subscriptions.c.id).where(
    subscriptions.c.account_id == bindparam("account"),
    subscriptions.c.status == "active",
    subscriptions.c.events.contains(bindparam("wanted")),
)
