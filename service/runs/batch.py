"""Rows that are entered together: one INSERT a table, whatever number of works added to them."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Insert, Table, insert

_prepared: dict[Table, Insert] = {}


class Batch:
    """The rows that a group adds, entered together at its end, and the lanes to ring after the commit."""

    def __init__(self) -> None:
        """Empty."""
        self.rows: dict[Table, list[Mapping[str, Any]]] = defaultdict(list)
        self.lanes: set[str] = set()

    def add(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Have these entered; rows of one table have the same columns."""
        self.rows[table].extend(rows)

    def enter(self, db: Connection) -> None:
        """Enter them, table by table in the order in which they were first named."""
        for table, rows in self.rows.items():
            if rows:
                db.execute(_inserts(table), rows)


def _inserts(table: Table) -> Insert:
    """The table's INSERT, built once: building statements costs more than SQLite takes to do them."""
    if table not in _prepared:
        _prepared[table] = insert(table)
    return _prepared[table]
