"""Sums of usage by group and members of the metadata; the sweeper fills them in for the rows that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_UNLABELED = sa.text("day IS NOT NULL AND NOT labeled")


def upgrade() -> None:
    """Add the sums, and the mark of rows that are in them."""
    op.add_column("usage", sa.Column("labeled", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.create_index(
        "ix_usage_unlabeled",
        "usage",
        ["account_id", "day"],
        unique=False,
        sqlite_where=_UNLABELED,
        postgresql_where=_UNLABELED,
    )
    sums = ("runs", "completed", "failed", "canceled", "credits", "cost_known_runs")
    op.create_table(
        "usage_labels",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=220), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("api", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=60), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in sums),
        sa.Column("provider_cost_usd", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_usage_labels_account_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_usage_labels"),
    )
    op.create_index("ix_usage_labels_account_id_name", "usage_labels", ["account_id", "name", "day"], unique=False)
