"""Tables of what was made: generations, creations and their files."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, TextClause, text

from service.store.tables.base import account, at, metadata, serial

_PUBLIC = text("made AND privacy_mode = 0 AND deleted_at IS NULL")
_MADE = text("made AND deleted_at IS NULL")

# The same for queries, in the indexes' own words: that is how both databases know that an index answers.
PUBLIC = text("creations.made AND creations.privacy_mode = 0 AND creations.deleted_at IS NULL")
MADE = text("creations.made AND creations.deleted_at IS NULL")


def _list(name: str, condition: TextClause, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


# A Flokan generation: one a run. What it shows lies in the run; this row is what a caller deletes.
generations = Table(
    "generations",
    metadata,
    Column("id", String(36), primary_key=True),
    account(),
    Column("run_id", String(36), nullable=False, unique=True),
    Column("card_id", String(36)),
    at("created_at"),
    Index("ix_generations_account_id_id", "account_id", "id"),
    Index("ix_generations_card", "account_id", "card_id", "id"),
)

# A Generor creation: one an item asked for, its id known from the accept on. `made` is set when the item is there.
# `words` is the folded text that search looks in: on SQLite through the table creation_words, which triggers keep in
# step, on PostgreSQL through an index (migration 0007).
creations = Table(
    "creations",
    metadata,
    serial(),
    account(),
    Column("user_id", Integer, nullable=False),
    Column("run_id", String(36), nullable=False, index=True),
    Column("item", Integer, nullable=False),
    Column("generator", String(60), nullable=False),
    Column("model_id", Integer, nullable=False),
    Column("type", String(20), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("privacy_mode", Integer, nullable=False),
    Column("license", Integer, nullable=False),
    Column("team_id", Integer),
    Column("parent_id", Integer),
    Column("translation_of", Integer),
    Column("language", String(20)),
    Column("made", Boolean, nullable=False),
    Column("data", Text),
    Column("files", Text),
    at("created_at"),
    at("deleted_at", nullable=True),
    # The columns of an index's own condition end it: SQLite looks at them once more, and finds them without the row.
    _list("ix_creations_mine", _MADE, "account_id", "id", "made", "deleted_at"),
    _list("ix_creations_mine_generator", _MADE, "account_id", "generator", "id", "made", "deleted_at"),
    _list("ix_creations_team", _MADE, "team_id", "id", "made", "privacy_mode", "deleted_at"),
    _list("ix_creations_public", _PUBLIC, "id", "made", "privacy_mode", "deleted_at"),
    _list("ix_creations_public_generator", _PUBLIC, "generator", "id", "made", "privacy_mode", "deleted_at"),
    _list("ix_creations_public_user", _PUBLIC, "user_id", "id", "made", "privacy_mode", "deleted_at"),
)

# `path` is the public path under the service's address, `object` the key in the storage: a late worker writes other
# objects, and only the finish that wins maps them. `link_version` grows with every change of privacy: signed links of
# an older version are no longer good.
files = Table(
    "files",
    metadata,
    Column("path", String(255), primary_key=True),
    account(),
    Column("object", String(255), nullable=False),
    Column("run_id", String(36), index=True),
    Column("creation_id", Integer, index=True),
    Column("content_type", String(100), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("duration", Float),
    Column("private", Boolean, nullable=False),
    Column("link_version", Integer, nullable=False, server_default=text("0")),
    at("created_at"),
    at("expires_at", nullable=True),
    Index("ix_files_expires_at", "expires_at", sqlite_where=text("expires_at IS NOT NULL")),
)

# Objects to be deleted: the row first, the object after, so that a crash in between leaves nothing behind.
deletions = Table(
    "deletions",
    metadata,
    Column("object", String(255), primary_key=True),
    at("created_at"),
)

# Seconds that one item took, for the time estimate of that generator and model.
samples = Table(
    "samples",
    metadata,
    serial(),
    Column("generator", String(60), nullable=False),
    Column("model_id", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    at("created_at"),
    Index("ix_samples_generator_model_id_id", "generator", "model_id", "id"),
)
