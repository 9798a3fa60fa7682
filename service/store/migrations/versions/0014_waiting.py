"""Why a run waits, where its provider takes nothing now."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs that wait by now say so at their next step."""
    op.add_column("runs", sa.Column("waiting", sa.Text(), nullable=True))
