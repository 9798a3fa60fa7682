"""Lists of runs cost what they show, not what an account has ever run."""

from typing import Any

import pytest
from sqlalchemy import event

from service.runs import listing
from service.runs.listing import RunFilter, list_runs
from service.web import account_events
from tests.support.house import Account, House

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke"}
GENERATE = "generor.generators.generate"


@pytest.fixture
def idle(idle_house: House) -> Account:
    return idle_house.account("enterprise")


def said(house: House, work: Any) -> list[tuple[str, Any]]:
    """The statements about runs that `work` says to the database, with their parameters."""
    found: list[tuple[str, Any]] = []

    def hear(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("SELECT runs.id"):
            found.append((statement, parameters))

    event.listen(house.context.database.engine, "before_cursor_execute", hear)
    work()
    event.remove(house.context.database.engine, "before_cursor_execute", hear)
    return found


def plans(house: House, work: Any) -> list[str]:
    """How SQLite carries these statements out, one text each."""
    statements = said(house, work)
    assert statements
    with house.context.database.read() as db:
        return [
            " / ".join(row.detail for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
            for statement, parameters in statements
        ]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RunFilter(), "ix_runs_account_id_id (account_id=?)"),
        (RunFilter(status="failed"), "ix_runs_ended (account_id=? AND status=?)"),
        (RunFilter(status="completed", model="37"), "ix_runs_ended (account_id=? AND status=?"),
        (RunFilter(status="queued"), "ix_runs_unended (account_id=?)"),
        (RunFilter(group="g"), "ix_runs_account_id_group_id (account_id=? AND group=?)"),
        (RunFilter(until=1), "ix_runs_account_id_id (account_id=? AND id<?)"),
        (RunFilter(since=1, until=2), "ix_runs_account_id_id (account_id=? AND id>? AND id<?)"),
    ],
    ids=str,
)
def test_a_page_is_found_by_an_index_whatever_it_is_narrowed_to(idle: Account, wanted: RunFilter, index: str) -> None:
    context = idle.house.context
    if not context.database.sqlite:
        pytest.skip("what PostgreSQL plans hangs on how many rows there are")

    def read() -> None:
        with context.database.read() as db:
            list_runs(context, db, idle.id, wanted, limit=20)

    for plan in plans(idle.house, read)[:2]:
        assert index in plan
        assert ("TEMP B-TREE" in plan) == (wanted.status == "queued")


def test_a_stream_of_all_runs_looks_for_open_ones_by_their_index(idle: Account) -> None:
    house = idle.house
    if not house.context.database.sqlite:
        pytest.skip("what PostgreSQL plans hangs on how many rows there are")
    service = house.app.extensions["genhook"]
    recent, unended, *_ = plans(house, lambda: account_events._looked_at(service, idle.id, 1, {}))
    assert "ix_runs_account_id_id (account_id=? AND id>?)" in recent
    assert "ix_runs_unended (account_id=?)" in unended


def test_the_cursor_of_a_page_that_found_little_leads_on(idle: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "LOOKED_THROUGH", 3)
    picture = idle.submit("flixly.media.generate", {"model": "flux-dev", "prompt": "fox"}).get_json()["id"]
    jokes = [idle.submit(GENERATE, JOKE, metadata={"order": 7}).get_json()["id"] for _ in range(7)]

    def found(**query: str) -> list[list[str]]:
        pages, cursor = [], {}
        while True:
            page = idle.get("/v1/runs", query_string={"limit": "2", **query, **cursor}).get_json()
            pages.append([run["id"] for run in page["data"]])
            if page["next_cursor"] is None:
                return pages
            cursor = {"cursor": page["next_cursor"]}

    def all_of(**query: str) -> list[str]:
        return [run for page in found(**query) for run in page]

    assert all_of() == all_of(status="queued") == [*reversed(jokes), picture]
    assert all_of(action=GENERATE) == all_of(q="order 7") == all_of(model="37", status="queued") == [*reversed(jokes)]
    assert found(action="flixly.media.generate") == [[], [], [picture]]
    assert found(status="failed") == found(q="nothing like it", status="failed") == [[]]
