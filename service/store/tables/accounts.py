"""Accounts, their keys and their money."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint, text

from service.store.tables.base import account, at, metadata, serial

# `paid`, `free` and `earned` are sums of the ledger, kept beside it so that a hold is one conditional UPDATE;
# `held` is the sum of the open holds, which are no ledger entries. `turn` is the account's place in the fair queue.
accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", Integer, nullable=False, unique=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("plan", String(20), nullable=False),
    Column("secrets", Text, nullable=False),
    Column("thumbnail_generator", Boolean, nullable=False, server_default=text("true")),
    Column("storage_limit", BigInteger),
    Column("storage_used", BigInteger, nullable=False, server_default=text("0")),
    Column("paid", BigInteger, nullable=False, server_default=text("0")),
    Column("free", BigInteger, nullable=False, server_default=text("0")),
    Column("earned", BigInteger, nullable=False, server_default=text("0")),
    Column("held", BigInteger, nullable=False, server_default=text("0")),
    Column("turn", Float, nullable=False, server_default=text("0")),
    Column("email", String(320)),
    Column("bio", Text),
    Column("website", Text),
    Column("avatar", Text),
    at("created_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    serial(),
    account(index=True),
    Column("api", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("prefix", String(40), nullable=False, index=True),
    Column("hash", String(64), nullable=False),
    Column("scopes", Text, nullable=False),
    at("created_at"),
    at("last_used_at", nullable=True),
    at("revoked_at", nullable=True),
)

# Amounts are signed. The partial unique index is what makes a second charge of the same run impossible.
ledger = Table(
    "ledger",
    metadata,
    serial(),
    account(),
    Column("type", String(20), nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("free", BigInteger, nullable=False),
    Column("earned", BigInteger, nullable=False),
    Column("run_id", String(36)),
    Column("description", Text, nullable=False),
    at("created_at"),
    Index("ix_ledger_account_id_id", "account_id", "id"),
    Index("ix_ledger_account_id_type_id", "account_id", "type", "id"),
    Index(
        "uq_ledger_one_spend_a_run",
        "run_id",
        unique=True,
        sqlite_where=text("type = 'spend'"),
        postgresql_where=text("type = 'spend'"),
    ),
)

cards = Table(
    "cards",
    metadata,
    Column("id", String(36), primary_key=True),
    account(index=True),
    Column("title", Text, nullable=False),
    at("created_at"),
)

provider_keys = Table(
    "provider_keys",
    metadata,
    serial(),
    account(),
    Column("provider", String(20), nullable=False),
    Column("key", Text, nullable=False),
    Column("base_url", Text),
    Column("enabled", Boolean, nullable=False),
    at("created_at"),
    UniqueConstraint("account_id", "provider"),
)

connections = Table(
    "connections",
    metadata,
    serial(),
    account(),
    Column("name", String(20), nullable=False),
    Column("key", Text, nullable=False),
    Column("base_url", Text),
    at("created_at"),
    UniqueConstraint("account_id", "name"),
)
