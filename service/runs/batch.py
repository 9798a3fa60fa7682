"""Rows that are entered together: one INSERT a table, whatever number of works added to them."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table

from service.store.statements import enter


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
            enter(db, table, rows)
