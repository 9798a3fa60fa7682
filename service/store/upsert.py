"""A row that is there or is entered, in one statement, on both databases."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    db: Connection, table: Table, unique: Sequence[str], values: dict[str, Any], changing: Sequence[str] = ()
) -> None:
    """Enter `values`; where a row has the same `unique` columns already, only its `changing` columns take them over."""
    build = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    statement = build(table).values(**values)
    if changing:
        taken = {name: statement.excluded[name] for name in changing}
        db.execute(statement.on_conflict_do_update(index_elements=unique, set_=taken))
    else:
        db.execute(statement.on_conflict_do_nothing(index_elements=unique))
