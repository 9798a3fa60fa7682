"""Usage of generates: one narrow row each, and their sums by day, which outlive the runs."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint, text

from service.store.tables.base import account, at, metadata, serial

_OPEN = text("day IS NOT NULL AND NOT rolled_up")

# The same for queries, in the index's own words: that is how both databases know that it answers.
OPEN = text("usage.day IS NOT NULL AND NOT usage.rolled_up")
_UNLABELED = text("day IS NOT NULL AND NOT labeled")
UNLABELED = text("usage.day IS NOT NULL AND NOT usage.labeled")

# Entered with the run; `day` (days since 1970, UTC), `status` and `credits` are set when it ends. `held` counts against
# the budgets of the period that `held_at` lies in. `labels` are the run's scalar metadata, as JSON. `rolled_up` rows
# are in usage_days already, `labeled` ones in usage_labels.
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
    Index("ix_usage_account_id_day", "account_id", "day"),
    Index("ix_usage_open", "account_id", "day", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_usage_unlabeled", "account_id", "day", sqlite_where=_UNLABELED, postgresql_where=_UNLABELED),
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
