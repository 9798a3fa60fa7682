"""Full-text search by an index, and lists of creations that their indexes answer alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MADE, _PUBLIC = "made AND deleted_at IS NULL", "made AND privacy_mode = 0 AND deleted_at IS NULL"
_BEFORE = (
    "ix_creations_account_id_id",
    "ix_creations_team_id_id",
    "ix_creations_public",
    "ix_creations_public_generator",
    "ix_creations_public_user",
)
# The columns of an index's own condition end it: SQLite looks at them once more, and finds them without the row.
_LISTS = {
    "ix_creations_mine": (["account_id", "id", "made", "deleted_at"], _MADE),
    "ix_creations_mine_generator": (["account_id", "generator", "id", "made", "deleted_at"], _MADE),
    "ix_creations_team": (["team_id", "id", "made", "privacy_mode", "deleted_at"], _MADE),
    "ix_creations_public": (["id", "made", "privacy_mode", "deleted_at"], _PUBLIC),
    "ix_creations_public_generator": (["generator", "id", "made", "privacy_mode", "deleted_at"], _PUBLIC),
    "ix_creations_public_user": (["user_id", "id", "made", "privacy_mode", "deleted_at"], _PUBLIC),
}

# The words are cut and folded already (service/store/search.py): the ascii tokenizer leaves every letter beyond ASCII
# as it is, and splits at the spaces alone. The generator is one more word, with a hyphen before it as no other has.
_FTS = """
CREATE VIRTUAL TABLE creation_words USING fts5(
  words, content='', tokenize="ascii tokenchars '-'", detail='none', columnsize=0
)
"""
_WORDS = "{0}.words || '-' || {0}.generator"
_SHOWN = "{0}.made AND {0}.privacy_mode = 0 AND {0}.deleted_at IS NULL"
_ENTER = f"INSERT INTO creation_words (rowid, words) SELECT {{0}}.id, {_WORDS} {{1}} WHERE {_SHOWN}"
_REMOVE = (
    f"INSERT INTO creation_words (creation_words, rowid, words) SELECT 'delete', {{0}}.id, {_WORDS} WHERE {_SHOWN}"
)
_OLD, _NEW = f"{_REMOVE.format('old')};", f"{_ENTER.format('new', '')};"
# Only what is public is found, so only that is indexed: a match needs no second look.
_TRIGGERS = (
    f"CREATE TRIGGER creation_words_entered AFTER INSERT ON creations BEGIN {_NEW} END",
    "CREATE TRIGGER creation_words_changed AFTER UPDATE OF words, generator, made, privacy_mode, deleted_at "
    f"ON creations BEGIN {_OLD} {_NEW} END",
    f"CREATE TRIGGER creation_words_removed AFTER DELETE ON creations BEGIN {_OLD} END",
)
_FILL = _ENTER.format("creations", "FROM creations")
_GIN = f"CREATE INDEX ix_creations_words ON creations USING gin (string_to_array(btrim(words), ' ')) WHERE {_PUBLIC}"


def upgrade() -> None:
    """The lists' indexes, and each database's own way to find words."""
    for name in _BEFORE:
        op.drop_index(name, "creations")
    for name, (columns, condition) in _LISTS.items():
        where = sa.text(condition)
        op.create_index(name, "creations", columns, unique=False, sqlite_where=where, postgresql_where=where)
    if op.get_bind().dialect.name == "sqlite":
        for statement in (_FTS, *_TRIGGERS, _FILL):
            op.execute(statement)
    else:
        op.execute(_GIN)
