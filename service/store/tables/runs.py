"""Runs, who works on them, and what must never happen twice."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from service.store.tables.base import LONG_NAME, account, at, metadata, sealed, serial

_OPEN = text("closed_at IS NULL")
_READY = text("slot = 'ready'")
_CLAIMED = text("slot = 'claimed'")
_UNENDED = text("slot <> 'ended'")
_CANCELING = text("cancel_requested_at IS NOT NULL AND slot <> 'ended'")

# The same for queries, in the indexes' own words: that is how both databases know that an index answers.
UNENDED = text("runs.slot <> 'ended'")
ENDED = text("runs.slot = 'ended'")
_ENDED = text("slot = 'ended'")

# `slot` says who may take a run: ready (a worker, from wake_at on), parked (waits for a parallel place), claimed
# (`worker` has it), ended. `fence` grows with every claim, take-over and end: only its holder may commit a step.
runs = Table(
    "runs",
    metadata,
    Column("id", String(36), primary_key=True),
    account(),
    Column("key_id", Integer),
    Column("action", String(100), nullable=False),
    Column("api", LONG_NAME, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("connection", LONG_NAME, nullable=False),
    Column("lane", String(10), nullable=False),
    Column("status", String(10), nullable=False),
    Column("slot", String(10), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("worker", String(36)),
    Column("turn", Float, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    at("wake_at"),
    at("deadline", nullable=True),
    Column("progress", Float, nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("engine", String(60)),
    Column("model_id", Integer),
    Column("estimate_credits", BigInteger),
    Column("estimate_seconds", Float),
    Column("estimate_approximate", Boolean, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("credits_charged", BigInteger, nullable=False),
    Column("group", String(255)),
    at("created_at"),
    at("started_at", nullable=True),
    at("finished_at", nullable=True),
    at("expires_at", nullable=True),
    at("cancel_requested_at", nullable=True),
    Column("waiting", Text),
    Index("ix_runs_account_id_id", "account_id", "id"),
    Index(
        "ix_runs_account_id_group_id",
        "account_id",
        "group",
        "id",
        sqlite_where=text('"group" IS NOT NULL'),
        postgresql_where=text('"group" IS NOT NULL'),
    ),
    Index("ix_runs_ready", "lane", "turn", sqlite_where=_READY, postgresql_where=_READY),
    Index("ix_runs_claimed", "worker", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
    Index("ix_runs_ended", "account_id", "status", "id", sqlite_where=_ENDED, postgresql_where=_ENDED),
    Index("ix_runs_unended", "account_id", "api", sqlite_where=_UNENDED, postgresql_where=_UNENDED),
    Index("ix_runs_canceling", "cancel_requested_at", sqlite_where=_CANCELING, postgresql_where=_CANCELING),
    Index("ix_runs_deadline", "deadline", sqlite_where=_UNENDED, postgresql_where=_UNENDED),
    Index(
        "ix_runs_expires_at",
        "expires_at",
        sqlite_where=text("expires_at IS NOT NULL"),
        postgresql_where=text("expires_at IS NOT NULL"),
    ),
)

# Apart from the rows that are scanned. `words` are the folded words of the metadata. `links` is where the output has
# links to files of the service, which are made anew at every read: a list of {"at": [member, …], "path": the file's}.
run_bodies = Table(
    "run_bodies",
    metadata,
    Column("run_id", String(36), ForeignKey("runs.id"), primary_key=True),
    Column("input", Text, nullable=False),
    Column("metadata", Text),
    Column("words", Text),
    Column("order", Text),
    Column("output", Text),
    Column("links", Text),
    Column("error", Text),
)

idempotency = Table(
    "idempotency",
    metadata,
    account(),
    Column("key", String(255), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("run_id", String(36), nullable=False),
    at("created_at"),
    PrimaryKeyConstraint("account_id", "key"),
    Index("ix_idempotency_created_at", "created_at"),
)

# An intent without a ticket or an error was perhaps sent: whoever finds one never sends again. `items` is how many the
# call makes. `closed_at` is set when nothing is left to stop at the provider, `unbilled` where it bills nothing.
intents = Table(
    "intents",
    metadata,
    Column("run_id", String(36), ForeignKey("runs.id"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("provider", LONG_NAME, nullable=False),
    Column("ticket", Text),
    Column("error", Text),
    at("created_at"),
    at("closed_at", nullable=True),
    Column("items", Integer),
    Column("unbilled", Boolean),
    PrimaryKeyConstraint("run_id", "step", "number"),
    Index("ix_intents_open", "created_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

# One row an incarnation: a process that was started again is another worker.
workers = Table(
    "workers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beats", BigInteger, nullable=False),
    at("started_at"),
)

lanes = Table(
    "lanes",
    metadata,
    Column("lane", String(10), primary_key=True),
    Column("clock", Float, nullable=False),
)

drift = Table(
    "drift",
    metadata,
    serial(),
    Column("run_id", String(36), nullable=False),
    Column("model_id", Integer, nullable=False, index=True),
    Column("estimated", Float, nullable=False),
    Column("actual", Float, nullable=False),
    at("created_at"),
)

meta = Table(
    "meta",
    metadata,
    Column("name", String(50), primary_key=True),
    sealed("value"),
)
