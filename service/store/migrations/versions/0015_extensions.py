"""Added servers, workflows, models and APIs, and the model ids that they keep for good."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is added yet."""
    op.create_table(
        "extensions",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_extensions"),
        sa.UniqueConstraint("version", name="uq_extensions_version"),
    )
    op.create_table(
        "extension_models",
        sa.Column("model_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("model_key", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("model_id", name="pk_extension_models"),
        sa.UniqueConstraint("type", "model_key", name="uq_extension_models_type_model_key"),
    )
