"""Statements of the hot paths: each has a name, is worded once for each database, and then goes to the driver as it is.

SQLAlchemy takes longer to hand a statement over than SQLite takes to do it, and longer still to word one anew. What is
done for every run or callback is therefore a `Statement`, over a list of them wherever there can be several; the rest
of the service needs none. `known` has them all by name, for the test that holds how each is carried out.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NoReturn

import orjson
from sqlalchemy import ColumnElement, Connection, Dialect, Table, bindparam, insert, literal_column, select, true
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Float, NullType, TypeEngine, UserDefinedType

Processor = Callable[[Any], Any] | None
known: dict[str, "Statement"] = {}


class Statement:
    """A statement whose parameters are the bind parameters that it was built with."""

    def __init__(self, name: str, built: Any, columns: Sequence[str] | None = None) -> None:
        """`built` is SQLAlchemy's; lists are matched by `one_of`. `columns` are those that an INSERT sets."""
        assert name not in known, f"two statements are named {name}"
        known[name] = self
        self._built, self._columns = built, columns
        self._worded: dict[str, _Worded] = {}

    def all(self, db: Connection, **values: Any) -> list[Any]:
        """Return every row, as named tuples."""
        worded = self.worded(db)
        return worded.rows(self._execute(db, worded, values).fetchall())

    def first(self, db: Connection, **values: Any) -> Any:
        """Return the first row, None where there is none."""
        rows = self.all(db, **values)
        return rows[0] if rows else None

    def column(self, db: Connection, **values: Any) -> list[Any]:
        """Return the first column of every row."""
        return [row[0] for row in self.all(db, **values)]

    def run(self, db: Connection, **values: Any) -> int:
        """Carry it out, and return how many rows it changed."""
        return int(self._execute(db, self.worded(db), values).rowcount)

    def run_each(self, db: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Carry it out once for each of `rows`, in one trip to the server."""
        worded = self.worded(db)
        given = [worded.parameters(row) for row in rows]
        try:
            _driver(db).cursor().executemany(worded.text, given)
        except db.dialect.loaded_dbapi.Error as error:
            _raise(db, worded.text, given, error)

    def worded(self, db: Connection) -> "_Worded":
        """Word it for the database of `db`, once."""
        worded = self._worded.get(db.dialect.name)
        if worded is None:
            worded = self._worded[db.dialect.name] = _Worded(self._built, db.dialect, self._columns)
        return worded

    def _execute(self, db: Connection, worded: "_Worded", values: Mapping[str, Any]) -> Any:
        given = worded.parameters(values)
        try:
            return _driver(db).execute(worded.text, given)
        except db.dialect.loaded_dbapi.Error as error:
            _raise(db, worded.text, given, error)


class _Worded:
    """The text for one database, and what turns values into its parameters and rows into values."""

    def __init__(self, built: Any, dialect: Dialect, inserted: Sequence[str] | None) -> None:
        compiled = built.compile(dialect=dialect, column_keys=inserted)
        self.text, self._positional = str(compiled), compiled.positional
        presets = compiled.params
        order = compiled.positiontup if self._positional else list(presets)
        self._binds = [(name, _processor(compiled.binds[name].type, dialect), presets[name]) for name in order]
        self._names = order
        columns = list(built.exported_columns)
        readers = [_reader(column.type, dialect) for column in columns]
        self._readers = [(place, read) for place, read in enumerate(readers) if read is not None]
        row: Any = namedtuple("Row", [column.name for column in columns], rename=True)  # type: ignore[misc]
        self._make: Callable[[Iterable[Any]], Any] = row._make

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return the driver's parameters."""
        given = [
            values.get(name, preset) if process is None else process(values.get(name, preset))
            for name, process, preset in self._binds
        ]
        return given if self._positional else dict(zip(self._names, given, strict=True))

    def rows(self, raw: Sequence[Sequence[Any]]) -> list[Any]:
        """Return the driver's rows as named tuples."""
        if not self._readers:
            return [self._make(row) for row in raw]
        found = []
        for row in raw:
            values = list(row)
            for place, read in self._readers:
                values[place] = read(values[place])
            found.append(self._make(values))
        return found


class one_of(ColumnElement[bool]):  # noqa: N801 — read as a condition
    """The condition that a column has one of the values of a list, which is the parameter `name`."""

    inherit_cache = False
    # Not Boolean, which SQLAlchemy compares with 1 on SQLite.
    type = NullType()  # type: ignore[assignment]

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        """The list is handed over whole, so that the text of the statement is the same for any length."""
        self.column, self.listed = column, bindparam(name, type_=_List())


class Given:
    """Rows as one parameter: a list of mappings, whose members an UPDATE reads as `given.column(name, type)`."""

    def __init__(self, name: str) -> None:
        """`name` is the parameter's."""
        self.rows: Any = _each(bindparam(name, type_=_Rows())).table_valued("value", name="given")

    def column(self, name: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """Return one member of each row."""
        return _member(self.rows.c.value, literal_column(f"'{name}'"), type_=type_)


def insert_given(table: Table, columns: Sequence[str], given: Given) -> Any:
    """Return the INSERT of the rows given, which leaves out those whose key is there already."""
    members = select(*(given.column(name, table.c[name].type) for name in columns)).select_from(given.rows)
    # SQLite can't tell ON CONFLICT from the ON of a join where there is no WHERE.
    return postgresql.insert(table).from_select(columns, members.where(true())).on_conflict_do_nothing()


class _each(FunctionElement[Any]):  # noqa: N801 — a function of SQL
    """A JSON array's elements as rows."""

    name = "each"
    inherit_cache = False


class _member(FunctionElement[Any]):  # noqa: N801 — a function of SQL
    """A member of a JSON object, of the type that is asked for."""

    name = "member"
    inherit_cache = False

    def __init__(self, *clauses: ColumnElement[Any], type_: TypeEngine[Any]) -> None:
        super().__init__(*clauses)
        self.type = type_


@compiles(_each, "sqlite")
def _json_each(element: _each, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_each, "postgresql")
def _jsonb_elements(element: _each, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_array_elements({compiler.process(element.clauses, **options)}::jsonb)"


@compiles(_member, "sqlite")
def _json_member(element: _member, compiler: SQLCompiler, **options: Any) -> str:
    value, name = (compiler.process(one, **options) for one in element.clauses)
    return f"json_extract({value}, '$.' || {name})"


@compiles(_member, "postgresql")
def _jsonb_member(element: _member, compiler: SQLCompiler, **options: Any) -> str:
    value, name = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST({value} ->> {name} AS {compiler.dialect.type_compiler_instance.process(element.type)})"


class _Rows(UserDefinedType[Any]):
    """Mappings as a parameter: JSON for both databases."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Return what makes the list the driver's parameter."""
        return lambda rows: orjson.dumps(rows).decode()


class _List(UserDefinedType[Any]):
    """A list as a parameter: JSON for SQLite, an array for PostgreSQL."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Return what makes any collection the driver's parameter."""
        return (lambda values: orjson.dumps(list(values)).decode()) if dialect.name == "sqlite" else list


@compiles(one_of, "sqlite")
def _in_json(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, listed = compiler.process(element.column, **options), compiler.process(element.listed, **options)
    return f"{column} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 — both are worded by the compiler


@compiles(one_of, "postgresql")
def _in_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.column, **options)} = ANY({compiler.process(element.listed, **options)})"


@cache
def insertion(table: Table, columns: tuple[str, ...]) -> Statement:
    """Return the INSERT of rows that have these columns."""
    return Statement(f"insert.{table.name}.{len(columns)}.{hash(columns):x}", insert(table).inline(), columns)


def enter(db: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Enter rows, all of which have the same columns."""
    if rows:
        insertion(table, tuple(rows[0])).run_each(db, rows)


def _driver(db: Connection) -> Any:
    return db.connection.dbapi_connection


def _raise(db: Connection, text: str, given: Any, error: Exception) -> NoReturn:
    """Raise the driver's error as SQLAlchemy does, and give up a connection that was lost."""
    base = db.dialect.loaded_dbapi.Error
    lost = db.dialect.is_disconnect(error, _driver(db), None)  # type: ignore[arg-type]
    if lost:
        db.invalidate(error)
    raise DBAPIError.instance(text, given, error, base, connection_invalidated=lost, dialect=db.dialect) from error


def _processor(type_: TypeEngine[Any], dialect: Dialect) -> Processor:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Processor:
    # A float comes as one from both drivers; psycopg's own type would ask for the column's number.
    return None if isinstance(type_, Float) else type_.dialect_impl(dialect).result_processor(dialect, None)
