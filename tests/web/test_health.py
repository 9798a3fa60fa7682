"""The gauges of `/metrics`: what they count, and that counting never reads every run there was."""

import pytest
from sqlalchemy import text

from service.store.clock import now
from service.store.database import Database
from service.web import health
from tests.support.house import House

JOKE = {"slug": "joke", "prompt": "A joke about gauges", "model_id": 37}
HOUR_MS = 3_600_000
# The indexes that hold what is open alone.
PARTIAL = {"ix_runs_ready", "ix_runs_unended", "ix_runs_deadline", "ix_deliveries_due"}


def gauges(house: House) -> list[str]:
    """The lines about runs."""
    told = health.Gathered(house.context).text().decode()
    return [line for line in told.splitlines() if line.startswith("genhook_runs")]


def test_runs_are_counted_by_status_and_ended_ones_for_an_hour(
    idle_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = idle_house.account()
    ended, *_ = [account.submit("generor.generators.generate", JOKE).get_json()["id"] for _ in range(3)]
    queued = 'genhook_runs{api="generor",status="queued"}'
    assert gauges(idle_house) == [f"{queued} 3.0", 'genhook_runs_due{lane="quick"} 3.0']
    account.post(f"/v1/runs/{ended}/cancel")
    canceled = 'genhook_runs{api="generor",status="canceled"} 1.0'
    left = [f"{queued} 2.0", 'genhook_runs_due{lane="quick"} 2.0']
    assert gauges(idle_house) == [left[0], canceled, left[1]]

    monkeypatch.setattr(health, "now", lambda: now() + HOUR_MS)
    assert gauges(idle_house) == left


@pytest.mark.parametrize("name", sorted(health.counts(0).keys() - {"workers"}))
def test_no_gauge_reads_a_whole_table(database: Database, name: str) -> None:
    if not database.sqlite:
        pytest.skip("what PostgreSQL plans hangs on how many rows there are")
    with database.read() as db:
        written = health.counts(now())[name].compile(dialect=db.dialect, compile_kwargs={"literal_binds": True})
        steps = [step.detail for step in db.execute(text(f"EXPLAIN QUERY PLAN {written}"))]
    (read,) = [step for step in steps if "TEMP B-TREE" not in step]
    assert read.startswith("SEARCH") or read.rsplit(" ", 1)[1] in PARTIAL, read
