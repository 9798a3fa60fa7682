"""Accounts, their keys and their money."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint, text

from service.store.tables.base import LONG_NAME, account, at, metadata, sealed, serial

# `paid`, `free` and `earned` are sums of the ledger, kept beside it so that a hold is one conditional UPDATE;
# `held` is the sum of the open holds, which are no ledger entries. `turn` is the account's place in the fair queue.
# `budgeted` says whether the account or one of its keys has a budget, so that a hold without one asks for nothing more.
accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", Integer, nullable=False, unique=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("plan", String(20), nullable=False),
    sealed("secrets"),
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
    Column("operator", Boolean, nullable=False, server_default=text("false")),
    Column("budgeted", Boolean, nullable=False, server_default=text("false")),
    at("suspended_at", nullable=True),
    at("deleted_at", nullable=True),
    at("created_at"),
)

# `parent_id` is the key that minted it, `successor_id` the key that it was rotated into, after which it is good until
# `expires_at`. `hashed_by` is the fingerprint of the secret key that made `hash`.

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
    Column("parent_id", Integer, index=True),
    Column("successor_id", Integer, index=True),
    at("expires_at", nullable=True),
    Column("hashed_by", String(16)),
)

# `key_id` is 0 for the account's own budget. `used` and `held` count from `period_start` on; `told` is the highest
# percentage of the limit that an event told of in that period.
budgets = Table(
    "budgets",
    metadata,
    serial(),
    account(),
    Column("key_id", Integer, nullable=False),
    Column("limit", BigInteger, nullable=False),
    Column("period", String(10), nullable=False),
    at("period_start"),
    Column("used", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("told", Integer, nullable=False),
    UniqueConstraint("account_id", "key_id"),
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
    sealed("key"),
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
    Column("name", LONG_NAME, nullable=False),
    sealed("key"),
    Column("base_url", Text),
    at("created_at"),
    UniqueConstraint("account_id", "name"),
)
