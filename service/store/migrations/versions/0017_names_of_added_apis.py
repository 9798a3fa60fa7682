"""Room for the names of added APIs and servers: 40 characters where the built-in ones have 20 at most.

SQLite takes texts of any length, so only PostgreSQL has anything to change; it need not touch the rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NAMES = (("runs", "api"), ("runs", "connection"), ("intents", "provider"), ("connections", "name"))


def upgrade() -> None:
    """Widen the columns."""
    if op.get_bind().dialect.name == "postgresql":
        for table, column in NAMES:
            op.alter_column(table, column, type_=sa.String(40), existing_type=sa.String(20), existing_nullable=False)
