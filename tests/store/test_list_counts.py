"""Lists know how long they are, whatever changes them, and find a page without being gone through."""

import random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, event, insert, select, text

from service.store import list_audit, list_counts
from service.store.database import Database
from service.store.list_counts import BITS, counted
from service.store.tables import MADE, comments, creations, follows, generations, ledger
from service.store.tables import list_counts as table

BLOCK = 1 << BITS


def account(db: Connection, number: int) -> str:
    """An account's row, and its id."""
    from service.store.tables import accounts

    row = {"id": f"account {number}", "user_id": number, "name": f"name {number}", "plan": "free"}
    db.execute(insert(accounts).values(**row, secrets="", created_at=0))
    return str(row["id"])


def creation(id_: int, whose: str = "account 1", **columns: Any) -> dict[str, Any]:
    row = {"account_id": whose, "user_id": int(whose[-1]), "run_id": f"run {id_}", "item": 0, "generator": "joke"}
    row |= {"model_id": 37, "type": "text", "prompt": "", "words": "", "privacy_mode": 0, "license": 1, "made": True}
    return row | {"id": id_, "created_at": 0, "team_id": None, "deleted_at": None} | columns


def entry(number: int, whose: str = "account 1", **columns: Any) -> dict[str, Any]:
    row = {"account_id": whose, "type": "spend", "paid": -1, "free": 0, "earned": 0, "run_id": f"run {number}"}
    return row | {"description": "", "created_at": 0} | columns


def some_changes(db: Connection, chance: random.Random) -> None:
    """Change what lists hold, in every way that a list can be changed."""
    these = creations.c.id.in_(chance.sample(range(1, 200), 30))
    columns = {
        "made": chance.random() < 0.7,
        "privacy_mode": chance.choice((0, 1)),
        "deleted_at": chance.choice((None, None, 1)),
        "team_id": chance.choice((None, 1, 2)),
        "generator": chance.choice(("joke", "image")),
    }
    name = chance.choice(list(columns))
    db.execute(sa.update(creations).where(these).values({name: columns[name]}))
    db.execute(insert(ledger), [entry(chance.randrange(1 << 60), type="purchase") for _ in range(3)])
    if chance.random() < 0.2:
        db.execute(sa.delete(creations).where(creations.c.id.in_(chance.sample(range(1, 200), 3))))
        db.execute(sa.delete(generations).where(generations.c.account_id == "account 2"))
        db.execute(sa.delete(follows).where(follows.c.follower_id == 2))
        db.execute(sa.update(comments).where(comments.c.id % 3 == 0).values(deleted_at=1))


def filled(db: Connection) -> None:
    for number in (1, 2, 3):
        account(db, number)
    whose = [f"account {1 + number % 3}" for number in range(200)]
    db.execute(insert(creations), [creation(one * 700, whose[one]) | {"id": one} for one in range(1, 100)])
    db.execute(insert(creations), [creation(one, whose[one], made=False) for one in range(100, 200)])
    db.execute(insert(follows), [{"follower_id": a, "followed_id": b, "created_at": 0} for a in (1, 2) for b in (3, 4)])
    said = [{"creation_id": one % 5, "user_id": 1, "text": "", "created_at": 0} for one in range(20)]
    db.execute(insert(comments), said)
    made = [{"id": f"0{one:06x}8-0000-7000", "account_id": whose[one], "run_id": str(one)} for one in range(50)]
    cards = [{"card_id": None if one % 2 else "card", "created_at": 0} for one in range(50)]
    db.execute(insert(generations), [a | b for a, b in zip(made, cards, strict=True)])


def test_counts_are_those_of_the_lists_whatever_changes_them(database: Database) -> None:
    database.write(filled)
    chance = random.Random(4)
    for _ in range(60):
        database.write(lambda db: some_changes(db, chance))

    with database.read() as db:
        assert list_audit.differing(db) == []
        counts = dict(db.execute(select(table.c.list, sa.func.sum(table.c.number)).group_by(table.c.list)).all())
        mine = db.execute(select(sa.func.count()).select_from(creations).where(MADE)).scalar_one()
    assert counts["creations.account"] == mine > 0
    assert counts.keys() == {name for name, *_ in list_audit.LISTS}


def test_a_count_that_is_wrong_is_told_and_counted_anew(database: Database) -> None:
    database.write(filled)
    wrong = (table.c.list == "ledger.account") | (table.c.list == "creations.public")
    database.write(lambda db: db.execute(sa.update(table).where(wrong).values(number=table.c.number + 2)))
    with database.read() as db:
        assert {(row.list, row.off) for row in list_audit.differing(db)} == {("creations.public", 2)}

    database.write(list_audit.recount)

    with database.read() as db:
        assert list_audit.differing(db) == []


@pytest.mark.parametrize("oldest", [False, True])
def test_every_page_of_a_list_with_gaps_lies_where_its_stretch_says(database: Database, oldest: bool) -> None:
    ids = sorted({*range(1, 40), *range(BLOCK - 5, BLOCK + 5), *range(9 * BLOCK, 9 * BLOCK + 30), 40 * BLOCK + 7})
    database.write(lambda db: (account(db, 1), db.execute(insert(creations), [creation(one) for one in ids])))
    wanted = ids if oldest else ids[::-1]
    which = counted("creations.account", "account 1")

    with database.read() as db:
        assert list_counts.total(db, which) == len(ids)
        for size in (1, 7, 100):
            for skipped in range(0, len(ids) + size, size):
                found = list_counts.stretch(db, which, skipped, size, oldest)
                query = select(creations.c.id).where(found.holds(creations.c.id))
                order = creations.c.id if oldest else creations.c.id.desc()
                page = db.execute(query.order_by(order).limit(size).offset(skipped - found.before)).scalars().all()
                assert page == wanted[skipped : skipped + size]


def test_a_page_reads_the_counts_of_its_list_alone(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("what PostgreSQL plans hangs on how many rows there are")
    said: list[tuple[str, Any]] = []
    heard = lambda _a, _b, statement, parameters, *_: said.append((statement, parameters))  # noqa: E731
    with database.read() as db:
        event.listen(database.engine, "before_cursor_execute", heard)
        list_counts.total(db, counted("creations.account", "a"))
        list_counts.stretch(db, counted("creations.account", "a"), 0, 20, oldest=False)
        event.remove(database.engine, "before_cursor_execute", heard)
        plans = [db.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values).all() for one, values in said]
    for plan in plans:
        assert [row.detail for row in plan] == ["SEARCH list_counts USING PRIMARY KEY (list=? AND key=?)"]


def test_connections_that_count_at_once_do_not_wait_for_each_other(database: Database) -> None:
    if database.sqlite:
        pytest.skip("SQLite has one writer")
    database.write(lambda db: [account(db, number) for number in (1, 2)])
    with database.engine.connect() as one, database.engine.connect() as other:
        pids = [db.execute(text("SELECT pg_backend_pid() % 8")).scalar_one() for db in (one, other)]
        if pids[0] == pids[1]:
            pytest.skip("these two connections have the same shard")
        for db in (one, other):
            db.exec_driver_sql("BEGIN")
            db.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        one.execute(insert(creations), [creation(1)])
        other.execute(insert(creations), [creation(2, "account 2")])
        one.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("COMMIT")
    with database.read() as db:
        assert list_counts.total(db, counted("creations.public", "all")) == 1
        assert list_audit.differing(db) == []
