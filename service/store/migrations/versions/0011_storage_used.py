"""Storage used, counted anew from the files that are there: uploads were not counted before."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every account's sum that of its files."""
    files, accounts = sa.table("files", sa.column("account_id"), sa.column("size")), _accounts()
    total = sa.select(sa.func.coalesce(sa.func.sum(files.c.size), 0)).where(files.c.account_id == accounts.c.id)
    op.get_bind().execute(sa.update(accounts).values(storage_used=total.scalar_subquery()))


def _accounts() -> sa.TableClause:
    return sa.table("accounts", sa.column("id"), sa.column("storage_used"))
