"""An index that answers the list of an account's transactions of one type."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Counting them, and skipping to a late page, read the index alone."""
    op.create_index("ix_ledger_account_id_type_id", "ledger", ["account_id", "type", "id"], unique=False)
