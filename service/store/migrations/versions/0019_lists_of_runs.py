"""Indexes of the lists of runs: by status, and by group in the order of ids."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ENDED = sa.text("slot = 'ended'")
_GROUPED = sa.text('"group" IS NOT NULL')


def upgrade() -> None:
    """Add an index of ended runs by status, and put ids into that of groups."""
    op.create_index(
        "ix_runs_ended", "runs", ["account_id", "status", "id"], sqlite_where=_ENDED, postgresql_where=_ENDED
    )
    op.create_index(
        "ix_runs_account_id_group_id",
        "runs",
        ["account_id", "group", "id"],
        sqlite_where=_GROUPED,
        postgresql_where=_GROUPED,
    )
    op.drop_index("ix_runs_account_id_group", "runs")
