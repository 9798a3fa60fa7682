"""A paid call's end: its error where it got no ticket, and when nothing was left to stop at the provider."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """The tickets of a run are its intents', so its body needs none."""
    op.add_column("intents", sa.Column("error", sa.Text(), nullable=True))
    op.add_column("intents", sa.Column("closed_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_intents_open", "intents", ["created_at"], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.drop_column("run_bodies", "ticket")
