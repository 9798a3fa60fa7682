"""Usage of generates: one narrow row each, and their sums by day, which outlive the runs."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from service.store.tables.base import account, at, metadata, serial

_OPEN = text("day IS NOT NULL AND NOT rolled_up")

# The same for queries, in the index's own words: that is how both databases know that it answers.
OPEN = text("usage.day IS NOT NULL AND NOT usage.rolled_up")
_UNLABELED = text("day IS NOT NULL AND NOT labeled")
UNLABELED = text("usage.day IS NOT NULL AND NOT usage.labeled")
_UNBLOCKED = text('day IS NOT NULL AND block IS NULL AND ("group" IS NOT NULL OR labels IS NOT NULL)')
UNBLOCKED = text(
    'usage.day IS NOT NULL AND usage.block IS NULL AND (usage."group" IS NOT NULL OR usage.labels IS NOT NULL)'
)

# Entered with the run; `day` (days since 1970, UTC), `status` and `credits` are set when it ends. `held` counts against
# the budgets of the period that `held_at` lies in. `labels` are the run's scalar metadata, as JSON. `rolled_up` rows
# are in usage_days already, `labeled` ones in usage_labels, and those with a `block` in usage_blocks, at that `place`.
usage = Table(
    "usage",
    metadata,
    Column("run_id", String(36), primary_key=True),
    account(),
    Column("key_id", Integer),
    Column("action", String(100), nullable=False),
    Column("api", String(40), nullable=False),
    Column("model", String(200)),
    Column("provider", String(60)),
    Column("group", String(255)),
    Column("labels", Text),
    Column("held", BigInteger, nullable=False),
    at("held_at"),
    Column("day", Integer),
    Column("status", String(10)),
    Column("credits", BigInteger, nullable=False, server_default=text("0")),
    Column("provider_cost_usd", Float),
    Column("rolled_up", Boolean, nullable=False, server_default=text("false")),
    Column("labeled", Boolean, nullable=False, server_default=text("false")),
    Column("block", Integer),
    Column("place", Integer),
    Index("ix_usage_account_id_day", "account_id", "day"),
    Index("ix_usage_open", "account_id", "day", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_usage_unlabeled", "account_id", "day", sqlite_where=_UNLABELED, postgresql_where=_UNLABELED),
    Index("ix_usage_unblocked", "account_id", "day", sqlite_where=_UNBLOCKED, postgresql_where=_UNBLOCKED),
)


def _summed() -> tuple[Column[Any], ...]:
    """Columns of every table of sums: what generates are told apart by, and what is added up."""
    names = (("action", 100), ("api", 40), ("model", 200), ("provider", 60))
    counts = ("runs", "completed", "failed", "canceled", "credits", "cost_known_runs")
    return (
        *(Column(name, String(length), nullable=False) for name, length in names),
        Column("key_id", Integer, nullable=False),
        *(Column(name, BigInteger, nullable=False) for name in counts),
        Column("provider_cost_usd", Float, nullable=False),
    )


# The sums of ended generates. What is not known is empty or 0, so that the unique index finds every row.
usage_days = Table(
    "usage_days",
    metadata,
    serial(),
    account(),
    Column("day", Integer, nullable=False),
    Column("held_day", Integer, nullable=False),
    *_summed(),
    UniqueConstraint(
        "account_id", "day", "held_day", "action", "api", "model", "provider", "key_id", name="uq_usage_days"
    ),
)

# The sums of ended generates by one label each: `name` is group, or metadata. and a member; `value` is JSON. `digest`
# stands for all dimensions together.
usage_labels = Table(
    "usage_labels",
    metadata,
    Column("digest", String(32), primary_key=True),
    account(),
    Column("name", String(220), nullable=False),
    Column("value", Text, nullable=False),
    Column("day", Integer, nullable=False),
    *_summed(),
    Index("ix_usage_labels_account_id_name", "account_id", "name", "day"),
)

# Ended generates that have labels, some thousand a row, a column of their figures each.
usage_blocks = Table(
    "usage_blocks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    account(),
    Column("first_day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    *(Column(name, LargeBinary, nullable=False) for name in ("days", "statuses", "credits", "costs")),
    Index("ix_usage_blocks_account_id", "account_id", "last_day"),
)

# A label's values in a block, as JSON, and the number of each run's among them.
usage_block_labels = Table(
    "usage_block_labels",
    metadata,
    Column("block", Integer, ForeignKey("usage_blocks.id"), primary_key=True),
    Column("name", String(220), primary_key=True),
    Column("values", Text, nullable=False),
    Column("codes", LargeBinary, nullable=False),
)
