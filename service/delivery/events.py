"""Events and the deliveries that they give rise to, in the transaction of what they tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    cast,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.types import Integer, String

from service.store.clock import iso, new_id, now
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
    """Enter the events and, one INSERT … SELECT each, the deliveries to callbacks and to subscriptions."""
    if not new:
        return
    overtaking = [event.run_id for event in new if event.final or event.type == PROGRESS]
    if overtaking:
        db.execute(_OVERTAKE, {"run_ids": overtaking, "moment": now()})
    enter(db, new)
    ids = {"event_ids": [event.id for event in new]}
    db.execute(_ENTER_CALLBACKS, ids)
    db.execute(_ENTER_SUBSCRIPTIONS, ids)


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
    one = _to_callbacks().where(callbacks.c.id == callback_id)
    db.execute(insert(deliveries).from_select(COLUMNS, one), {"event_ids": [event_id]})


def heard(db: Connection, run_ids: Sequence[str], type: str | None = None) -> set[str]:
    """The runs of which somebody wants to hear now (this type of event, where one is named)."""
    if type == PROGRESS:
        lately = {"run_ids": run_ids, "since": now() - PROGRESS_MS}
        run_ids = sorted(set(run_ids).difference(db.execute(_TOLD_PROGRESS, lately).scalars()))
    by_callback, by_subscription = _HEARD[type]
    given = {"run_ids": run_ids}
    return {*db.execute(by_callback, given).scalars(), *db.execute(by_subscription, given).scalars()}


def _hearing(type: str | None) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """Return what finds the runs that callbacks hear of, and that subscriptions do."""
    wanted = true() if type is None else callbacks.c.events.contains(f",{type},")
    subscribed = true() if type is None else subscriptions.c.events.contains(f",{type},")
    by_subscription = (
        select(runs.c.id)
        .join(subscriptions, subscriptions.c.account_id == runs.c.account_id)
        .where(runs.c.id.in_(_RUN_IDS), subscriptions.c.status == "active", subscribed)
    )
    return select(callbacks.c.run_id).where(callbacks.c.run_id.in_(_RUN_IDS), wanted), by_subscription


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
        .where(events.c.id.in_(_EVENT_IDS), callbacks.c.events.contains("," + events.c.type + ","))
    )


def _to_subscriptions() -> Select[*tuple[Any, ...]]:
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
            events.c.id.in_(_EVENT_IDS),
            subscriptions.c.status == "active",
            subscriptions.c.events.contains("," + events.c.type + ","),
            or_(every_generate, subscriptions.c.actions.contains("," + runs.c.action + ",")),
        )
    )


def _of_account() -> Select[*tuple[Any, ...]]:
    """An event that is about no run, to each subscription that names its type, whatever its actions."""
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


# Built once: they stand in the way of every run's end.
_RUN_IDS: BindParameter[Any] = bindparam("run_ids", expanding=True)
_EVENT_IDS: BindParameter[Any] = bindparam("event_ids", expanding=True)
_HEARD = {type: _hearing(type) for type in (None, "run.started", PROGRESS)}
_TOLD_PROGRESS = select(events.c.run_id).where(
    events.c.run_id.in_(_RUN_IDS), events.c.type == PROGRESS, events.c.created_at > bindparam("since")
)
# Progress that still waits to be told is not told after the next, nor after the end.
_OVERTAKE = (
    update(deliveries)
    .where(deliveries.c.run_id.in_(_RUN_IDS), deliveries.c.event == PROGRESS, deliveries.c.status == "pending")
    .values(status="failed", next_attempt_at=None, finished_at=bindparam("moment"))
)
_ENTER_CALLBACKS = insert(deliveries).from_select(COLUMNS, _to_callbacks())
_SUBSCRIBED = select(subscriptions.c.id).where(
    subscriptions.c.account_id == bindparam("account"),
    subscriptions.c.status == "active",
    subscriptions.c.events.contains(bindparam("wanted")),
)
_ENTER_ACCOUNT = insert(deliveries).from_select(COLUMNS, _of_account())
_ENTER_SUBSCRIPTIONS = insert(deliveries).from_select(COLUMNS, _to_subscriptions())
