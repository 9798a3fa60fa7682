"""REST hooks: an account's standing wish to hear of its runs. Source: contract, sections 3 and 4."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy import delete as sql_delete

from service.delivery.shards import listed, shard_of, unlisted
from service.errors import NotFound
from service.store.clock import iso, new_id, now
from service.store.tables import deliveries, subscriptions


def create(
    db: Connection, account_id: str, target_url: str, events: Sequence[str], actions: Sequence[str]
) -> dict[str, Any]:
    """Subscribe; the subscription as callers see it. No `actions` means every generate."""
    row = {
        "id": new_id("sub"),
        "account_id": account_id,
        "target_url": target_url,
        "events": listed(list(events)),
        "actions": listed(list(actions)),
        "shard": shard_of(target_url),
        "status": "active",
        "created_at": now(),
    }
    stored = db.execute(insert(subscriptions).values(**row).returning(*subscriptions.c)).one()
    return _shown(stored)


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


def _give_up(db: Connection, subscription_id: str) -> None:
    pending = (deliveries.c.subscription_id == subscription_id) & (deliveries.c.status == "pending")
    values = {"status": "failed", "next_attempt_at": None, "finished_at": now()}
    db.execute(update(deliveries).where(pending).values(**values))


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "target_url": row.target_url,
        "events": unlisted(row.events),
        "actions": unlisted(row.actions),
        "status": row.status,
        "disabled_reason": row.disabled_reason,
        "created_at": iso(row.created_at),
    }
