"""Counts of the lists that are paged, kept by triggers in the transaction that changes a list."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_MADE = "{0}.made AND {0}.deleted_at IS NULL"
_PUBLIC = f"{_MADE} AND {{0}}.privacy_mode = 0"
_COUNTED_ID = "{0}.id >> 13"
# The first seven digits of a time-ordered id: 17 minutes.
_TIMED_ID = {
    "sqlite": " + ".join(
        f"((instr('0123456789abcdef', substr({{0}}.id, {place}, 1)) - 1) << {28 - 4 * place})" for place in range(1, 8)
    ),
    "postgresql": "('x0' || substr({0}.id, 1, 7))::bit(32)::bigint",
}
# By table: the name of each list, whose it is, and what is in it.
_LISTS = {
    "creations": (
        ("creations.account", "{0}.account_id", _MADE),
        ("creations.account_generator", "{0}.account_id || ' ' || {0}.generator", _MADE),
        ("creations.public", "'all'", _PUBLIC),
        ("creations.generator", "{0}.generator", _PUBLIC),
        ("creations.user", "CAST({0}.user_id AS VARCHAR)", _PUBLIC),
        ("creations.user_generator", "CAST({0}.user_id AS VARCHAR) || ' ' || {0}.generator", _PUBLIC),
        ("creations.team", "CAST({0}.team_id AS VARCHAR)", f"{_PUBLIC} AND {{0}}.team_id IS NOT NULL"),
        (
            "creations.team_private",
            "CAST({0}.team_id AS VARCHAR) || ' ' || {0}.account_id",
            f"{_MADE} AND {{0}}.privacy_mode <> 0 AND {{0}}.team_id IS NOT NULL",
        ),
    ),
    "ledger": (
        ("ledger.account", "{0}.account_id", "true"),
        ("ledger.account_type", "{0}.account_id || ' ' || {0}.type", "true"),
    ),
    "comments": (("comments.creation", "CAST({0}.creation_id AS VARCHAR)", "{0}.deleted_at IS NULL"),),
    "follows": (
        ("follows.followed", "CAST({0}.followed_id AS VARCHAR)", "true"),
        ("follows.follower", "CAST({0}.follower_id AS VARCHAR)", "true"),
    ),
    "generations": (
        ("generations.account", "{0}.account_id", "true"),
        ("generations.card", "{0}.account_id || ' ' || {0}.card_id", "{0}.card_id IS NOT NULL"),
    ),
}
_DECIDING = {
    "creations": "account_id, user_id, generator, team_id, made, privacy_mode, deleted_at",
    "ledger": "account_id, type",
    "comments": "creation_id, deleted_at",
    "follows": "followed_id, follower_id",
    "generations": "account_id, card_id",
}
# The rows that a change of each kind takes away and brings, and by how much they change the counts.
_CHANGES = {"INSERT": (("new", 1),), "UPDATE": (("old", -1), ("new", 1)), "DELETE": (("old", -1),)}
# How often a word is found, which PostgreSQL does not learn from a partial index: without it a search for a word that
# hardly anything holds went through the whole table, in the order of ids.
_WORDS = """
DO $$ BEGIN IF current_setting('server_version_num')::integer >= 140000 THEN
    CREATE STATISTICS st_creations_words ON (string_to_array(btrim(words), ' ')) FROM creations;
END IF; END $$
"""
_ENTER = "INSERT INTO list_counts (list, key, block, shard, number)"
_ADD = "ON CONFLICT (list, key, block, shard) DO UPDATE SET number = list_counts.number + excluded.number"


def upgrade() -> None:
    """Add the counts, what keeps them, and those of the rows that are there."""
    op.create_table(
        "list_counts",
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list", "key", "block", "shard", name="pk_list_counts"),
        sqlite_with_rowid=False,
    )
    # The triggers first: on PostgreSQL they also keep other writers away until all is counted.
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _LISTS:
        for change in _CHANGES:
            _sqlite_trigger(table, change) if sqlite else _postgres_trigger(table, change)
    if not sqlite:
        op.execute(_WORDS)
    op.create_index("ix_generations_card", "generations", ["account_id", "card_id", "id"])
    for table in _LISTS:
        op.execute(_counted(_rows(table, ((table, 1),), f" FROM {table}"), "0"))


def _rows(table: str, parts: tuple[tuple[str, int], ...], source: str = "") -> str:
    """Word the SELECT of one row for each list that each row is in; `source` is where the rows are."""
    block = _TIMED_ID[op.get_bind().dialect.name] if table == "generations" else _COUNTED_ID
    return " UNION ALL ".join(
        f"SELECT '{name}' AS list, {key.format(part)} AS key, {block.format(part)} AS block, {by} AS change"
        f"{source.format(part)} WHERE {condition.format(part)}"
        for part, by in parts
        for name, key, condition in _LISTS[table]
    )


def _counted(rows: str, shard: str) -> str:
    """Word the change of the counts: one upsert for each, in an order that lets no two wait for each other."""
    summed = f"SELECT list, key, block, {shard}, sum(change) FROM ({rows}) AS changes"  # noqa: S608
    return f"{_ENTER} {summed} GROUP BY list, key, block HAVING sum(change) <> 0 ORDER BY list, key, block {_ADD}"


def _sqlite_trigger(table: str, change: str) -> None:
    """SQLite's are for each row, and need no sums."""
    when = f"UPDATE OF {_DECIDING[table]}" if change == "UPDATE" else change
    rows = _rows(table, _CHANGES[change])
    added = f"{_ENTER} SELECT list, key, block, 0, change FROM ({rows}) WHERE true {_ADD}"  # noqa: S608
    op.execute(f"CREATE TRIGGER {table}_counted_{change.lower()} AFTER {when} ON {table} BEGIN {added}; END")


def _postgres_trigger(table: str, change: str) -> None:
    """PostgreSQL's are for each statement, with the rows that it changed as `old_rows` and `new_rows`.

    A connection counts in a shard of its own, so that no two that commit at once wait for each other.
    """
    name = f"{table}_counted_{change.lower()}"
    parts = _CHANGES[change]
    named = " ".join(f"{part.upper()} TABLE AS {part}_rows" for part, _ in parts)
    rows = _rows(table, tuple((f"{part}_rows", by) for part, by in parts), " FROM {0}")
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $counted$ BEGIN "
        f"{_counted(rows, 'pg_backend_pid() % 8')}; RETURN NULL; END $counted$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {change} ON {table} REFERENCING {named} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )
