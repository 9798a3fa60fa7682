"""Statements of the hot paths: each has a name, is worded once for each database, and then goes to the driver as it is.

SQLAlchemy takes longer to hand a statement over than SQLite takes to do it, and longer still to word one anew. What is
done for every run or callback is therefore a `Statement`, over a list of them wherever there can be several; the rest
of the service needs none. `known` has them all by name, for the test that holds how each is carried out.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import count
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.types import Float, LargeBinary, TypeEngine

from service.store import trips
from service.store.lists import Processor, in_one_row

known: dict[str, "Statement"] = {}
# Rows of one INSERT.
MOST_AT_ONCE = 64
_NAMED = re.compile(r"%\(\w+\)s")


class Statement:
    """A statement whose parameters are the bind parameters that it was built with."""

    def __init__(self, name: str, built: Any, columns: Sequence[str] | None = None, packed: bool = False) -> None:
        """`built` is SQLAlchemy's; lists are matched by `one_of`. `columns` are those that an INSERT sets.

        `packed` is a SELECT of many rows beside busy threads: each row that SQLite steps to hands the interpreter away,
        so they come as one. Not for floats, which JSON rounds.
        """
        assert name not in known, f"two statements are named {name}"
        known[name] = self
        self._built, self._columns, self._packed = built, columns, packed
        self._worded: dict[str, _Worded] = {}

    def all(self, db: Connection, **values: Any) -> list[Any]:
        """Return every row, as named tuples."""
        (rows,) = together(db, (self, values))
        return rows

    def first(self, db: Connection, **values: Any) -> Any:
        """Return the first row, None where there is none."""
        rows = self.all(db, **values)
        return rows[0] if rows else None

    def column(self, db: Connection, **values: Any) -> list[Any]:
        """Return the first column of every row."""
        return [row[0] for row in self.all(db, **values)]

    def run(self, db: Connection, **values: Any) -> int:
        """Carry it out, and return how many rows it changed."""
        (cursor,) = trips.ask(db, [self._asked(db, values)])
        return int(cursor.rowcount)

    def put_off(self, db: Connection, **values: Any) -> None:
        """Carry it out before anything further is read or committed."""
        trips.put_off(db, *self._asked(db, values))

    def run_each(self, db: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Carry it out once for each of `rows`, before anything further is read or committed."""
        worded = self.worded(db)
        trips.put_off_each(db, worded.text, [worded.parameters(row) for row in rows])

    def enter(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry out an INSERT for all of `rows` at once, whose number is a power of two: each length is worded once."""
        worded = self.worded(db)
        trips.put_off(db, worded.repeated(len(rows)), [value for row in rows for value in worded.values(row)])

    def worded(self, db: Connection) -> "_Worded":
        """Word it for the database of `db`, once."""
        worded = self._worded.get(db.dialect.name)
        if worded is None:
            worded = self._worded[db.dialect.name] = _Worded(self._built, db.dialect, self._columns, self._packed)
        return worded

    def _asked(self, db: Connection, values: Mapping[str, Any]) -> trips.Asked:
        worded = self.worded(db)
        return worded.text, worded.parameters(values)


class _Worded:
    """The text for one database, and what turns values into its parameters and rows into values."""

    def __init__(self, built: Any, dialect: Dialect, inserted: Sequence[str] | None, packed: bool) -> None:
        self._packed = packed and dialect.name == "sqlite"
        compiled = (in_one_row(built) if self._packed else built).compile(dialect=dialect, column_keys=inserted)
        self.text, self._positional = str(compiled), compiled.positional
        presets = compiled.params
        order = compiled.positiontup if self._positional else list(presets)
        processors = [_processor(compiled.binds[name].type, dialect) for name in order]
        self._processors = [(place, process) for place, process in enumerate(processors) if process is not None]
        self._presets = [presets[name] for name in order]
        self._names = order
        # An INSERT's rows have every column that it was worded for.
        self._whole = (
            itemgetter(*order) if inserted is not None and len(order) > 1 and set(order) <= set(inserted) else None
        )
        self._repeated: dict[int, str] = {}
        columns = list(built.exported_columns)
        readers = [_hex if self._packed and _is_bytes(column) else _reader(column.type, dialect) for column in columns]
        self._readers = [(place, read) for place, read in enumerate(readers) if read is not None]
        row: Any = namedtuple("Row", [column.name for column in columns], rename=True)  # type: ignore[misc]
        self._make: Callable[[Iterable[Any]], Any] = row._make

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """Return what the driver takes for each parameter, in their order."""
        if self._whole is not None:
            values = list(self._whole(given))
        else:
            values = list(map(given.get, self._names, self._presets))
        for place, process in self._processors:
            values[place] = process(values[place])
        return values

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """Return the driver's parameters."""
        values = self.values(given)
        return values if self._positional else dict(zip(self._names, values, strict=True))

    def repeated(self, number: int) -> str:
        """Return the text of an INSERT of so many rows, whose parameters stand one after another."""
        text = self._repeated.get(number)
        if text is None:
            head, row = self.text.rsplit(" VALUES ", 1)
            text = f"{head} VALUES {', '.join([row] * number)}"
            if not self._positional:
                numbers = count(1)
                text = trips.Numbered(_NAMED.sub(lambda _: f"${next(numbers)}", text).replace("%%", "%"))
            self._repeated[number] = text
        return text

    def rows(self, raw: Sequence[Sequence[Any]]) -> list[Any]:
        """Return the driver's rows as named tuples."""
        if self._packed:
            raw = orjson.loads(raw[0][0])
        if not self._readers:
            return [self._make(row) for row in raw]
        found = []
        for row in raw:
            values = list(row)
            for place, read in self._readers:
                values[place] = read(values[place])
            found.append(self._make(values))
        return found


# A statement to be carried out with others, and its parameters.
Asked = tuple[Statement, Mapping[str, Any]]


def together(db: Connection, *asked: Asked) -> list[list[Any]]:
    """Return the rows of statements that are carried out one after another, in one trip to the server."""
    cursors = trips.ask(db, [one._asked(db, values) for one, values in asked])
    return [one.worded(db).rows(cursor.fetchall()) for (one, _), cursor in zip(asked, cursors, strict=True)]


@cache
def insertion(table: Table, columns: tuple[str, ...]) -> Statement:
    """Return the INSERT of rows that have these columns."""
    return Statement(f"insert.{table.name}.{len(columns)}.{hash(columns):x}", insert(table).inline(), columns)


def enter(db: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Enter rows, all of which have the same columns, many at once: each statement hands the interpreter away."""
    start = 0
    while start < len(rows):
        number = min(MOST_AT_ONCE, 1 << ((len(rows) - start).bit_length() - 1))
        insertion(table, tuple(rows[0])).enter(db, rows[start : start + number])
        start += number


def _is_bytes(column: Any) -> bool:
    return isinstance(column.type, LargeBinary)


def _hex(value: str | None) -> bytes | None:
    return None if value is None else bytes.fromhex(value)


def _processor(type_: TypeEngine[Any], dialect: Dialect) -> Processor:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Processor:
    # A float comes as one from both drivers; psycopg's own type would ask for the column's number.
    return None if isinstance(type_, Float) else type_.dialect_impl(dialect).result_processor(dialect, None)
