"""Parts that all tables share: the metadata with its naming of constraints, and column shorthands."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SEALED = "sealed"

# SQLite counts rows only in a column that is exactly INTEGER.
Serial = BigInteger().with_variant(Integer, "sqlite")

# The name of an API or provider, which the operator may have added. SQLite takes any length, and keeps its old one.
LONG_NAME = String(40).with_variant(String(20), "sqlite")


def serial() -> Column[Any]:
    """A counted id, shown to callers as a number."""
    return Column("id", Serial, primary_key=True, autoincrement=True)


def sealed(name: str, nullable: bool = False) -> Column[Any]:
    """A text that holds encrypted secrets; `secrets rewrap` finds its columns by this mark."""
    return Column(name, Text, nullable=nullable, info={SEALED: True})


def at(name: str, nullable: bool = False) -> Column[Any]:
    """A moment, in Unix milliseconds."""
    return Column(name, BigInteger, nullable=nullable)


def account(**options: Any) -> Column[Any]:
    """The account that a row belongs to."""
    return Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False, **options)
