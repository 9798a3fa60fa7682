"""The operator's servers, workflows, models and APIs, and the model ids that they keep for good."""

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from service.store.tables.base import at, metadata, sealed

# `version` is the number of the change that wrote the row: the highest of all is the revision that processes look at.
# A removed extension keeps its row, so that accepted runs still reach its server, and its name finds its ids again.
extensions = Table(
    "extensions",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("spec", Text, nullable=False),
    sealed("key", nullable=True),
    Column("version", Integer, nullable=False, unique=True),
    at("created_at"),
    at("removed_at", nullable=True),
)

# One row an added model, never deleted: `model_key` is its key on Flixly, `model_id` its number on Generor.
extension_models = Table(
    "extension_models",
    metadata,
    Column("model_id", Integer, primary_key=True, autoincrement=False),
    Column("type", String(20), nullable=False),
    Column("model_key", String(300), nullable=False),
    UniqueConstraint("type", "model_key"),
)
