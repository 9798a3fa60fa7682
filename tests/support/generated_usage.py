"""Ended generates by the thousand, written by the database itself: usage with the ledger's entries beside it."""

from sqlalchemy import text

from service.accounts import accounts
from service.accounts.crypt import Vault
from service.store.database import Database

DAYS = 90
SECRET_KEY = "the-secret-key-of-generated-usage"
_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)",
    "postgresql": "WITH numbers AS (SELECT generate_series(1, :count) AS n)",
}
_USAGE = """
INSERT INTO usage (run_id, account_id, key_id, action, api, model, provider, "group", labels, held, held_at, day,
                   status, credits, provider_cost_usd, rolled_up)
{numbers}
SELECT 'run_' || n, :account, n % 4, 'generor.generators.generate', 'generor', CAST(n % 40 AS VARCHAR(20)), 'local',
       'batch ' || (n % 50),
       '{{"customer":"c' || (n % 100) || '","order":' || (n % 3) || '}}', 1 + n % 7,
       CAST(20000 + (n - 1) * {days} / :count AS BIGINT) * 86400000, 20000 + (n - 1) * {days} / :count,
       CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'completed' END, CASE WHEN n % 10 = 0 THEN 0 ELSE 1 + n % 7 END,
       CASE WHEN n % 3 = 0 THEN 0.25 END, false
FROM numbers
"""
_LEDGER = """
INSERT INTO ledger (account_id, type, paid, free, earned, run_id, description, created_at)
SELECT account_id, 'spend', -credits, 0, 0, run_id, action, held_at FROM usage
WHERE account_id = :account AND credits > 0
"""


def fill(database: Database, count: int) -> str:
    """Write `count` ended generates of one new account; its id."""
    vault = Vault([SECRET_KEY])
    made = database.write(lambda db: accounts.create(db, vault, name="busy", plan="enterprise", credits=0))
    backend = "sqlite" if database.sqlite else "postgresql"
    insert = text(_USAGE.format(numbers=_NUMBERS[backend], days=DAYS))
    values = {"account": made.workspace_id, "count": count}
    database.write(lambda db: db.execute(insert, values))
    database.write(lambda db: db.execute(text(_LEDGER), {"account": made.workspace_id}))
    return made.workspace_id
