"""Canceling what was sent: what each call makes, and is billed of it. Finding runs by model and by metadata."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.store.search import folded

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BATCH = 500
_runs = sa.table("runs", *map(sa.column, ("id", "kind", "api", "model_id")))
_bodies = sa.table("run_bodies", *map(sa.column, ("run_id", "order", "metadata", "words")))
_WITH_METADATA = (
    sa.select(_bodies.c.run_id, _bodies.c.metadata)
    .where(_bodies.c.metadata.is_not(None))
    .order_by(_bodies.c.run_id)
    .limit(BATCH)
)
_CANCELING = sa.text("cancel_requested_at IS NOT NULL AND slot <> 'ended'")


def upgrade() -> None:
    """Add the columns; calls that are recorded already count as all of their run's items."""
    db = op.get_bind()
    op.add_column("runs", sa.Column("cancel_requested_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_runs_canceling",
        "runs",
        ["cancel_requested_at"],
        unique=False,
        sqlite_where=_CANCELING,
        postgresql_where=_CANCELING,
    )
    op.add_column("intents", sa.Column("items", sa.Integer(), nullable=True))
    op.add_column("intents", sa.Column("unbilled", sa.Boolean(), nullable=True))
    op.add_column("runs", sa.Column("model_id", sa.Integer(), nullable=True))
    op.add_column("run_bodies", sa.Column("words", sa.Text(), nullable=True))
    generates = (_runs.c.kind == "generate") & (_runs.c.api != "hosted")
    told = sa.select(_model_id(db)).where(_bodies.c.run_id == _runs.c.id).scalar_subquery()
    db.execute(sa.update(_runs).where(generates).values(model_id=told))
    last = ""
    while rows := db.execute(_WITH_METADATA.where(_bodies.c.run_id > last)).all():
        for run_id, metadata in rows:
            found = folded(" ".join(_texts(json.loads(metadata))))
            db.execute(sa.update(_bodies).where(_bodies.c.run_id == run_id).values(words=found))
        last = rows[-1].run_id


def _model_id(db: sa.Connection) -> sa.ColumnElement[Any]:
    """The model in a stored order."""
    if db.dialect.name == "sqlite":
        return sa.func.json_extract(_bodies.c.order, "$.model_id")
    return sa.cast(sa.func.json_extract_path_text(sa.cast(_bodies.c.order, sa.JSON), "model_id"), sa.Integer)


def _texts(value: Any) -> Iterator[str]:
    """The names and values inside, as texts."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    elif value is not None:
        yield str(value)
