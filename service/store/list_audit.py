"""The counts of lists held against the lists: what differs, and counting all anew."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from service.store.list_counts import BITS, DIGITS

_MADE = "made AND deleted_at IS NULL"
_PUBLIC = f"{_MADE} AND privacy_mode = 0"
_NUMBERED = f"id >> {BITS}"
_TIMED = {
    "sqlite": " + ".join(
        f"((instr('0123456789abcdef', substr(id, {place}, 1)) - 1) << {4 * (DIGITS - place)})"
        for place in range(1, DIGITS + 1)
    ),
    "postgresql": f"('x0' || substr(id, 1, {DIGITS}))::bit(32)::bigint",
}
# The name of each list, its table, whose it is, and what is in it.
LISTS = (
    ("creations.account", "creations", "account_id", _MADE),
    ("creations.account_generator", "creations", "account_id || ' ' || generator", _MADE),
    ("creations.public", "creations", "'all'", _PUBLIC),
    ("creations.generator", "creations", "generator", _PUBLIC),
    ("creations.user", "creations", "CAST(user_id AS VARCHAR)", _PUBLIC),
    ("creations.user_generator", "creations", "CAST(user_id AS VARCHAR) || ' ' || generator", _PUBLIC),
    ("creations.team", "creations", "CAST(team_id AS VARCHAR)", f"{_PUBLIC} AND team_id IS NOT NULL"),
    (
        "creations.team_private",
        "creations",
        "CAST(team_id AS VARCHAR) || ' ' || account_id",
        f"{_MADE} AND privacy_mode <> 0 AND team_id IS NOT NULL",
    ),
    ("ledger.account", "ledger", "account_id", "true"),
    ("ledger.account_type", "ledger", "account_id || ' ' || type", "true"),
    ("comments.creation", "comments", "CAST(creation_id AS VARCHAR)", "deleted_at IS NULL"),
    ("follows.followed", "follows", "CAST(followed_id AS VARCHAR)", "true"),
    ("follows.follower", "follows", "CAST(follower_id AS VARCHAR)", "true"),
    ("generations.account", "generations", "account_id", "true"),
    ("generations.card", "generations", "account_id || ' ' || card_id", "card_id IS NOT NULL"),
)
_TABLES = ", ".join(sorted({table for _, table, _, _ in LISTS}))


def differing(db: Connection) -> Sequence[Any]:
    """Return each stretch of a list whose count is wrong, with how many rows it is off."""
    query = f"""
        SELECT list, key, block, sum(number) AS off FROM (
            SELECT list, key, block, number FROM list_counts
            UNION ALL SELECT list, key, block, -number FROM ({_there(db)}) AS there
        ) AS both_sides GROUP BY list, key, block HAVING sum(number) <> 0 ORDER BY list, key, block
    """  # noqa: S608 - of constants
    return db.execute(text(query)).all()


def recount(db: Connection) -> None:
    """Count every list anew, within a transaction that keeps other writers away."""
    if db.dialect.name != "sqlite":
        db.execute(text(f"LOCK TABLE {_TABLES} IN SHARE ROW EXCLUSIVE MODE"))
    db.execute(text("DELETE FROM list_counts"))
    entering = "INSERT INTO list_counts (list, key, block, shard, number) SELECT list, key, block, 0, number"
    db.execute(text(f"{entering} FROM ({_there(db)}) AS there"))


def _there(db: Connection) -> str:
    return " UNION ALL ".join(
        f"SELECT '{name}' AS list, {key} AS key, {_block(db, table)} AS block, count(*) AS number "  # noqa: S608
        f"FROM {table} WHERE {condition} GROUP BY 2, 3"
        for name, table, key, condition in LISTS
    )


def _block(db: Connection, table: str) -> str:
    return _TIMED[db.dialect.name] if table == "generations" else _NUMBERED
