"""Events, and their way to whoever wants to hear them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from service.store.tables.base import account, at, metadata, sealed, serial

_PENDING = text("status = 'pending'")
_FAILED = text("status = 'failed'")

# Lists that SQL must match are stored as ",a,b,": a member is found by LIKE '%,a,%'.
callbacks = Table(
    "callbacks",
    metadata,
    serial(),
    Column("run_id", String(36), ForeignKey("runs.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("shard", Integer, nullable=False),
    sealed("headers", nullable=True),
    at("created_at"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(36), primary_key=True),
    account(index=True),
    Column("target_url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("actions", Text, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("status", String(10), nullable=False),
    Column("disabled_reason", Text),
    sealed("headers", nullable=True),
    Column("header_names", Text),
    at("failing_since", nullable=True),
    at("created_at"),
)

# `id` is the webhook-id, the same at every attempt; `body` are the bytes that are signed and posted, stored once.
events = Table(
    "events",
    metadata,
    Column("id", String(36), primary_key=True),
    account(),
    Column("run_id", String(36), nullable=False, index=True),
    Column("type", String(20), nullable=False),
    Column("final", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    at("created_at"),
)

# `tries` is the place in the schedule, `early` counts the sooner retries, which don't count against it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(80), primary_key=True),
    account(),
    Column("event_id", String(36), ForeignKey("events.id"), nullable=False),
    Column("run_id", String(36), nullable=False, index=True),
    Column("callback_id", Integer),
    Column("subscription_id", String(36), index=True),
    Column("event", String(20), nullable=False),
    Column("final", Boolean, nullable=False),
    Column("url", Text, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("status", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("early", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    at("next_attempt_at", nullable=True),
    at("created_at"),
    at("finished_at", nullable=True),
    Index("ix_deliveries_due", "shard", "next_attempt_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_deliveries_account_id_id", "account_id", "id"),
    Index("ix_deliveries_failed", "account_id", "id", sqlite_where=_FAILED, postgresql_where=_FAILED),
)

attempts = Table(
    "attempts",
    metadata,
    serial(),
    Column("delivery_id", String(80), ForeignKey("deliveries.id"), nullable=False, index=True),
    at("at"),
    Column("status_code", Integer),
    Column("duration_ms", Integer, nullable=False),
    Column("response", Text),
    Column("error", Text),
)

# A host's deliveries lie in one shard, and a shard belongs to one deliverer: rate and fairness are local to it.
shards = Table(
    "shards",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(36)),
)
