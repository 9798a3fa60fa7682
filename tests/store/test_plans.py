"""Lists are counted and paged by an index alone, whatever they are narrowed to."""

from typing import Any

import pytest
from sqlalchemy import func, select, text

from service.store.database import Database
from service.store.tables import MADE, PUBLIC, creations, ledger

MINE = ledger.c.account_id == "a"


@pytest.mark.parametrize(
    ("id_", "which"),
    [
        pytest.param(creations.c.id, (PUBLIC,), id="public creations"),
        pytest.param(creations.c.id, (PUBLIC, creations.c.generator == "joke"), id="a generator's public creations"),
        pytest.param(creations.c.id, (PUBLIC, creations.c.user_id == 1), id="a user's public creations"),
        pytest.param(creations.c.id, (MADE, creations.c.account_id == "a"), id="my creations"),
        pytest.param(
            creations.c.id,
            (MADE, creations.c.account_id == "a", creations.c.generator == "joke"),
            id="my creations of a generator",
        ),
        pytest.param(ledger.c.id, (MINE,), id="my transactions"),
        pytest.param(ledger.c.id, (MINE, ledger.c.type == "spend"), id="my transactions of a type"),
    ],
)
def test_a_list_is_counted_and_paged_by_an_index_alone(database: Database, id_: Any, which: Any) -> None:
    if not database.sqlite:
        pytest.skip("what PostgreSQL plans hangs on how many rows there are")
    ids = select(id_).where(*which)
    page = ids.order_by(id_.desc()).limit(20).offset(100)

    with database.read() as db:
        for query in (page, select(func.count()).select_from(ids.subquery())):
            written = query.compile(dialect=db.dialect, compile_kwargs={"literal_binds": True})
            (step, *others) = db.execute(text(f"EXPLAIN QUERY PLAN {written}")).all()
            assert "USING COVERING INDEX" in step.detail
            assert others == []
