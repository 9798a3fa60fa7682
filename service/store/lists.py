"""Lists and rows as one parameter of a statement, worded for SQLite (JSON) and for PostgreSQL (arrays, JSON)."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, Table, bindparam, func, literal_column, select, true
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import LargeBinary, NullType, TypeEngine, UserDefinedType

Processor = Callable[[Any], Any] | None


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


def in_one_row(built: Any) -> Any:
    """Return the SELECT whose one value is a JSON array of what `built` selects, for SQLite; bytes are in hex."""
    inner = built.subquery("packed")
    values = [func.hex(column) if isinstance(column.type, LargeBinary) else column for column in inner.c]
    return select(func.json_group_array(func.json_array(*values)))
