"""Keys' parents and rotation, suspended and deleted accounts, budgets, and a row of usage a generate."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("day IS NOT NULL AND NOT rolled_up")


def upgrade() -> None:
    """Runs that are there already get their rows of usage."""
    _accounts()
    _api_keys()
    _budgets()
    _usage()
    _usage_days()
    _fill()


def _accounts() -> None:
    op.add_column("accounts", sa.Column("operator", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("accounts", sa.Column("budgeted", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("accounts", sa.Column("suspended_at", sa.BigInteger(), nullable=True))
    op.add_column("accounts", sa.Column("deleted_at", sa.BigInteger(), nullable=True))


def _api_keys() -> None:
    op.add_column("api_keys", sa.Column("parent_id", sa.Integer(), nullable=True))
    op.add_column("api_keys", sa.Column("successor_id", sa.Integer(), nullable=True))
    op.add_column("api_keys", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    op.add_column("api_keys", sa.Column("hashed_by", sa.String(length=16), nullable=True))
    op.create_index("ix_api_keys_parent_id", "api_keys", ["parent_id"], unique=False)
    op.create_index("ix_api_keys_successor_id", "api_keys", ["successor_id"], unique=False)


def _budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_budgets_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_budgets"),
        sa.UniqueConstraint("account_id", "key_id", name="uq_budgets_account_id_key_id"),
    )


def _usage() -> None:
    op.create_table(
        "usage",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("api", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=True),
        sa.Column("provider", sa.String(length=60), nullable=True),
        sa.Column("group", sa.String(length=255), nullable=True),
        sa.Column("labels", sa.Text(), nullable=True),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=True),
        sa.Column("credits", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("provider_cost_usd", sa.Float(), nullable=True),
        sa.Column("rolled_up", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_usage_account_id"),
        sa.PrimaryKeyConstraint("run_id", name="pk_usage"),
    )
    op.create_index("ix_usage_account_id_day", "usage", ["account_id", "day"], unique=False)
    op.create_index(
        "ix_usage_open", "usage", ["account_id", "day"], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def _usage_days() -> None:
    sums = ("runs", "completed", "failed", "canceled", "credits")
    op.create_table(
        "usage_days",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("held_day", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("api", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=60), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in sums),
        sa.Column("provider_cost_usd", sa.Float(), nullable=False),
        sa.Column("cost_known_runs", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_usage_days_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_usage_days"),
        sa.UniqueConstraint(
            "account_id",
            "day",
            "held_day",
            "action",
            "api",
            "model",
            "provider",
            "key_id",
            name="uq_usage_days",
        ),
    )


def _fill() -> None:
    """Return what a run was made of is read from its order; its metadata is not copied, so old runs have no labels."""
    if op.get_bind().dialect.name == "sqlite":
        model, provider = "json_extract(b.\"order\", '$.model_id')", "json_extract(b.\"order\", '$.provider')"
    else:
        model, provider = "(b.\"order\"::json ->> 'model_id')", "(b.\"order\"::json ->> 'provider')"
    op.execute(
        # The two texts are constants of this file.
        f"""
        INSERT INTO usage (run_id, account_id, key_id, action, api, model, provider, "group", labels, held, held_at,
                           day, status, credits, provider_cost_usd, rolled_up)
        SELECT r.id, r.account_id, r.key_id, r.action, substr(r.action, 1, {_dot("r.action")} - 1),
               nullif(cast({model} AS VARCHAR(200)), '0'),
               CASE WHEN r.connection = 'local' THEN {provider} ELSE r.connection END,
               r."group", NULL, r.held, r.created_at,
               CASE WHEN r.slot = 'ended' THEN r.finished_at / 86400000 END,
               CASE WHEN r.slot = 'ended' THEN r.status END,
               r.credits_charged, NULL, false
        FROM runs r LEFT JOIN run_bodies b ON b.run_id = r.id
        WHERE r.kind = 'generate'
        """  # noqa: S608
    )


def _dot(column: str) -> str:
    """The place of the first dot in a column, in each database's words."""
    if op.get_bind().dialect.name == "sqlite":
        return f"instr({column}, '.')"
    return f"strpos({column}, '.')"
