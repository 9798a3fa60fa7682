"""The counts of lists that are paged, kept by triggers (migration 0020)."""

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String, Table

from service.store.tables.base import metadata

# One row for a stretch of ids (`block`) of one list: `list` names which, `key` whose. `shard` keeps PostgreSQL's
# connections from waiting for one another: a count is the sum over the shards. See service/store/list_counts.py.
list_counts = Table(
    "list_counts",
    metadata,
    Column("list", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("list", "key", "block", "shard"),
    sqlite_with_rowid=False,
)
