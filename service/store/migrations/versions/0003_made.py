"""Tables of what was made, and its files."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEPT, _PUBLIC = sa.text("deleted_at IS NULL"), sa.text("made AND privacy_mode = 0 AND deleted_at IS NULL")
# Name, columns and condition.
_INDEXES = (
    ("ix_creations_account_id_id", ["account_id", "id"], _KEPT),
    ("ix_creations_public", ["id"], _PUBLIC),
    ("ix_creations_public_generator", ["generator", "id"], _PUBLIC),
    ("ix_creations_public_user", ["user_id", "id"], _PUBLIC),
    ("ix_creations_run_id", ["run_id"], None),
    ("ix_creations_team_id_id", ["team_id", "id"], _KEPT),
)


def upgrade() -> None:
    """These tables and their indexes, in the order of their references."""
    _generations()
    _creations()
    _creation_indexes()
    _files()
    _deletions()
    _samples()


def _generations() -> None:
    op.create_table(
        "generations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("card_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_generations_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_generations"),
        sa.UniqueConstraint("run_id", name="uq_generations_run_id"),
    )
    op.create_index("ix_generations_account_id_id", "generations", ["account_id", "id"], unique=False)


def _creations() -> None:
    op.create_table(
        "creations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("generator", sa.String(length=60), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("privacy_mode", sa.Integer(), nullable=False),
        sa.Column("license", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("translation_of", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("files", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_creations_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_creations"),
    )


def _creation_indexes() -> None:
    for name, columns, condition in _INDEXES:
        op.create_index(name, "creations", columns, unique=False, sqlite_where=condition, postgresql_where=condition)


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("object", sa.String(length=255), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("creation_id", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_files_account_id"),
        sa.PrimaryKeyConstraint("path", name="pk_files"),
    )
    op.create_index("ix_files_creation_id", "files", ["creation_id"], unique=False)
    op.create_index(
        "ix_files_expires_at", "files", ["expires_at"], unique=False, sqlite_where=sa.text("expires_at IS NOT NULL")
    )
    op.create_index("ix_files_run_id", "files", ["run_id"], unique=False)


def _deletions() -> None:
    op.create_table(
        "deletions",
        sa.Column("object", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object", name="pk_deletions"),
    )


def _samples() -> None:
    op.create_table(
        "samples",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("generator", sa.String(length=60), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_samples"),
    )
    op.create_index("ix_samples_generator_model_id_id", "samples", ["generator", "model_id", "id"], unique=False)
