"""Blocks of ended generates, for usage by two labels; the sweeper fills them with the rows that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_UNBLOCKED = sa.text('day IS NOT NULL AND block IS NULL AND ("group" IS NOT NULL OR labels IS NOT NULL)')


def upgrade() -> None:
    """Add the blocks, and where in them a row is."""
    op.add_column("usage", sa.Column("block", sa.Integer(), nullable=True))
    op.add_column("usage", sa.Column("place", sa.Integer(), nullable=True))
    op.create_index(
        "ix_usage_unblocked",
        "usage",
        ["account_id", "day"],
        unique=False,
        sqlite_where=_UNBLOCKED,
        postgresql_where=_UNBLOCKED,
    )
    op.create_table(
        "usage_blocks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("days", "statuses", "credits", "costs")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_usage_blocks_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_usage_blocks"),
    )
    op.create_index("ix_usage_blocks_account_id", "usage_blocks", ["account_id", "last_day"], unique=False)
    op.create_table(
        "usage_block_labels",
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=220), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["block"], ["usage_blocks.id"], name="fk_usage_block_labels_block"),
        sa.PrimaryKeyConstraint("block", "name", name="pk_usage_block_labels"),
    )
