"""REST hooks: an account's standing wish to hear of its runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy import delete as sql_delete

from service.delivery import headers as header_rules
from service.delivery.shards import listed, shard_of, unlisted
from service.errors import NotFound, SubscriptionLimit
from service.store.clock import iso, new_id, now
from service.store.tables import accounts, deliveries, subscriptions


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription to make. No `actions` means every generate; `sealed` are the headers as they are kept."""

    target_url: str
    events: Sequence[str]
    actions: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    sealed: str | None = field(default=None, repr=False)


def subscribe(db: Connection, account_id: str, wanted: NewSubscription, most: int) -> tuple[dict[str, Any], bool]:
    """Subscribe, and whether that was new: the same wish again is the same subscription, with the headers sent last.

    Raises SubscriptionLimit where `most` are active already.
    """
    # Two requests at once must not both find the last place free.
    db.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(key_share=True))
    mine = (subscriptions.c.account_id == account_id) & (subscriptions.c.status == "active")
    active = db.execute(select(subscriptions).where(mine).order_by(subscriptions.c.id)).all()
    same = next((row for row in active if _is_same(row, wanted)), None)
    if same is not None:
        return _shown(_with_headers(db, same, wanted)), False
    if len(active) >= most:
        raise SubscriptionLimit(
            f"The account has {len(active)} active subscriptions; {most} are allowed. Delete one first, or let the "
            "operator raise SUBSCRIPTIONS_PER_ACCOUNT.",
            limit=most,
        )
    return _entered(db, account_id, wanted), True


def create(
    db: Connection, account_id: str, target_url: str, events: Sequence[str], actions: Sequence[str] = ()
) -> dict[str, Any]:
    """Enter a subscription whatever others there are; the subscription as callers see it."""
    return _entered(db, account_id, NewSubscription(target_url, events, actions))


def of_account(db: Connection, account_id: str) -> list[dict[str, Any]]:
    """The account's subscriptions, newest first."""
    query = select(subscriptions).where(subscriptions.c.account_id == account_id)
    return [_shown(row) for row in db.execute(query.order_by(subscriptions.c.id.desc()))]


def delete(db: Connection, account_id: str, subscription_id: str) -> None:
    """Unsubscribe; what is still on its way to it is given up. Raises NotFound."""
    mine = (subscriptions.c.id == subscription_id) & (subscriptions.c.account_id == account_id)
    if not db.execute(sql_delete(subscriptions).where(mine)).rowcount:
        raise NotFound(f"There is no subscription {subscription_id}.")
    _give_up(db, subscription_id)


def disable(db: Connection, subscription_id: str, reason: str) -> None:
    """Post nothing more to it, and say why."""
    values = {"status": "disabled", "disabled_reason": reason}
    db.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(**values))
    _give_up(db, subscription_id)


def _is_same(row: Row[Any], wanted: NewSubscription) -> bool:
    return (
        row.target_url == wanted.target_url
        and set(unlisted(row.events)) == set(wanted.events)
        and set(unlisted(row.actions)) == set(wanted.actions)
    )


def _with_headers(db: Connection, row: Row[Any], wanted: NewSubscription) -> Row[Any]:
    if not wanted.headers:
        return row
    values = {"headers": wanted.sealed, "header_names": header_rules.names(wanted.headers)}
    changed = update(subscriptions).where(subscriptions.c.id == row.id).values(**values)
    return db.execute(changed.returning(*subscriptions.c)).one()


def _entered(db: Connection, account_id: str, wanted: NewSubscription) -> dict[str, Any]:
    row = {
        "id": new_id("sub"),
        "account_id": account_id,
        "target_url": wanted.target_url,
        "events": listed(list(wanted.events)),
        "actions": listed(list(wanted.actions)),
        "shard": shard_of(wanted.target_url),
        "headers": wanted.sealed,
        "header_names": header_rules.names(wanted.headers),
        "status": "active",
        "created_at": now(),
    }
    return _shown(db.execute(insert(subscriptions).values(**row).returning(*subscriptions.c)).one())


def _give_up(db: Connection, subscription_id: str) -> None:
    pending = (deliveries.c.subscription_id == subscription_id) & (deliveries.c.status == "pending")
    values = {"status": "failed", "next_attempt_at": None, "finished_at": now()}
    db.execute(update(deliveries).where(pending).values(**values))


def _shown(row: Row[Any]) -> dict[str, Any]:
    names = orjson.loads(row.header_names) if row.header_names else []
    shown = {
        "id": row.id,
        "target_url": row.target_url,
        "events": unlisted(row.events),
        "actions": unlisted(row.actions),
        "status": row.status,
        "disabled_reason": row.disabled_reason,
        "created_at": iso(row.created_at),
    }
    return shown | {"headers": names} if names else shown
