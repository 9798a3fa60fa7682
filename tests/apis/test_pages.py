"""Lists that are paged cost what a page shows, however much there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, insert, text, update

from service.store.database import Database
from service.store.search import folded
from service.store.tables import creations, follows, team_members, teams
from tests.support.house import Account, House

GENEROR = (
    "/api/v1/creations",
    "/api/v1/creations?generator=joke",
    "/api/v1/creations/public",
    "/api/v1/creations/public?generator=joke",
    "/api/v1/creations/public?sort=oldest&page=900",
    "/api/v1/creations/search?q=time",
    "/api/v1/creations/search?q=seldom",
    "/api/v1/generators/joke/creations",
    "/api/v1/users/{name}/creations",
    "/api/v1/users/{name}/followers",
    "/api/v1/users/{name}/following",
    "/api/v1/teams/1/creations",
    "/api/v1/credits/transactions",
    "/api/v1/credits/transactions?type=spend&page=900",
    "/api/v1/feed",
    "/api/v1/feed?generator=joke",
    "/api/v1/users/me",
    "/api/v1/creations/1/comments",
)
FLOKAN = ("/api/v1/thumbnail-generator/generations", "/api/v1/thumbnail-generator/generations?page=40")
# Enough that a late page is in another block than the first.
MANY = 20_000


_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)"
_CREATIONS = f"""
INSERT INTO creations (account_id, user_id, run_id, item, generator, model_id, type, prompt, words, privacy_mode,
license, made, team_id, created_at) {_NUMBERS} SELECT :account, :user, CAST(n AS VARCHAR), 0,
CASE WHEN n % 2 = 1 THEN 'joke' ELSE 'poem' END, 37, 'text', 'time', :words, 0, 1, true, 1, 0 FROM numbers
"""
_LEDGER = f"""
INSERT INTO ledger (account_id, type, paid, free, earned, run_id, description, created_at)
{_NUMBERS} SELECT :account, 'spend', -1, 0, 0, CAST(n AS VARCHAR), '', 0 FROM numbers
"""


def entered(account: Account) -> None:
    """Make this account one of a long history: creations, a ledger, followers and a team."""
    user = account.user_id
    values = {"many": MANY, "account": account.id, "user": user, "words": folded("time")}

    def work(db: Connection) -> None:
        db.execute(text(_CREATIONS), values)
        db.execute(text(_LEDGER), values)
        seldom = creations.c.id.in_((5, 50, 5000))
        db.execute(update(creations).where(seldom).values(prompt="seldom", words=folded("seldom")))
        db.execute(insert(teams).values(id=1, name="t", owner_id=user, invite_code="c", created_at=0))
        db.execute(insert(team_members).values(team_id=1, user_id=user, joined_at=0))
        db.execute(insert(follows).values(follower_id=user, followed_id=user, created_at=0))

    database = account.house.context.database
    database.write(work)
    with database.engine.connect() as db:
        db.exec_driver_sql("ANALYZE")


@contextmanager
def steps(database: Database) -> Iterator[list[int]]:
    """Count the steps that SQLite's machine takes meanwhile, by the hundred."""
    counted = [0]

    def step() -> int:
        counted[0] += 1
        return 0

    def watch(connection: Any, *_: Any) -> None:
        connection.set_progress_handler(step, 100)

    event.listen(database.engine, "checkout", watch)
    yield counted
    event.remove(database.engine, "checkout", watch)


@contextmanager
def said(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Hear every SELECT that is said meanwhile, with its parameters."""
    found: list[tuple[str, Any]] = []

    def hear(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            found.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", hear)
    yield found
    event.remove(database.engine, "before_cursor_execute", hear)


def rows_read(plan: dict[str, Any]) -> int:
    """Return how many rows PostgreSQL read for a plan that it carried out, in all of its steps."""
    read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return int(read * plan["Actual Loops"]) + sum(map(rows_read, plan.get("Plans", ())))


def cost(account: Account, api: str, path: str) -> int:
    """Return how much the database goes through for an answer: steps of SQLite's machine, or rows that are read."""
    database = account.house.context.database
    if database.sqlite:
        with steps(database) as counted:
            assert account.get(path, api=api).status_code == 200
        return counted[0] * 100
    with said(database) as statements:
        assert account.get(path, api=api).status_code == 200
    with database.read() as db:
        plans = [
            db.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
            for statement, parameters in statements
        ]
    return sum(rows_read(plan[0]["Plan"]) for plan in plans)


def test_no_list_is_gone_through_to_show_a_page_of_it(idle_house: House) -> None:
    account = idle_house.account("enterprise", credits=0)
    entered(account)
    paths = [("generor", path.format(name=account.name)) for path in GENEROR] + [("flokan", path) for path in FLOKAN]
    for api, _ in paths:
        account.key(api)

    costs = {path: cost(account, api, path) for api, path in paths}

    assert costs == {path: most for path, most in costs.items() if most < MANY}
    for path, member in (("creations", "creation_id"), ("credits/transactions", "transaction_id")):
        for sort, first in (("newest", MANY - 776 * 25), ("oldest", 776 * 25 + 1)):
            query = {"page": 777, "per_page": 25, "sort": sort}
            answer = account.get(f"/api/v1/{path}", query_string=query).get_json()
            step = 1 if sort == "oldest" else -1
            assert answer["meta"]["total"] == MANY
            assert [row[member] for row in answer["data"]] == list(range(first, first + 25 * step, step))
