"""Headers of callbacks and subscriptions, and the indexes that list an account's deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_FAILED = sa.text("status = 'failed'")


def upgrade() -> None:
    """Values are encrypted; the names of a subscription's headers are shown, so they stand apart."""
    op.add_column("callbacks", sa.Column("headers", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("headers", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("header_names", sa.Text(), nullable=True))
    op.create_index("ix_deliveries_account_id_id", "deliveries", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_deliveries_failed",
        "deliveries",
        ["account_id", "id"],
        unique=False,
        sqlite_where=_FAILED,
        postgresql_where=_FAILED,
    )
