"""Usage adds up to the ledger, whatever it is grouped by, and stays when runs are deleted."""

import csv
import io
import os
import time
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import func, select

from service.accounts import usage, usage_blocks, usage_question, usage_report
from service.runs import cancel
from service.runs.removal import delete_runs
from service.store.database import Database
from service.store.tables import ledger, runs, usage_labels
from service.store.tables import usage as rows
from service.store.tables import usage_blocks as usage_blocks_table
from tests.runs.conftest import Worker
from tests.support.generated_usage import fill
from tests.support.house import Account, House

ACTION = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "A joke about sums"}
MILLION = os.environ.get("GENHOOK_USAGE_ROWS")
GENERATED = int(MILLION or "10000")
# `make test-usage`, which runs alone, holds the second that is promised; beside other tests nothing hangs.
SLOWEST_S = 1 if MILLION else 20
DIMENSIONS = ("day", "action", "api", "model", "provider", "key", "group", "metadata.customer", "metadata.order")


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


@pytest.fixture
def worker(idle_house: House) -> Any:
    made = Worker(idle_house)
    yield made
    made.heart.stop()


def told(account: Account, **query: str) -> dict[str, Any]:
    answer = account.get("/v1/usage", query_string={name.rstrip("_"): value for name, value in query.items()})
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def charged(database: Database, account_id: str) -> int:
    spent = select(-func.sum(ledger.c.paid + ledger.c.free + ledger.c.earned))
    with database.read() as db:
        mine = (ledger.c.account_id == account_id) & (ledger.c.type == "spend")
        return int(db.execute(spent.where(mine)).scalar_one() or 0)


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def submit(account: Account, **members: Any) -> str:
    run: dict[str, Any] = account.submit(ACTION, JOKE, **members).get_json()
    return str(run["id"])


def a_mixed_day(account: Account, worker: Worker) -> None:
    """Two completed in the group a, one canceled, one open; reads count for nothing."""
    submit(account, group="a", metadata={"team": "red", "deep": {"x": 1}, "size": 3})
    submit(account, group="a", metadata={"team": "blue", "ok": True})
    worker.work()
    canceled = submit(account, metadata={"team": "red"})
    cancel.cancel(account.house.context, account.id, canceled)
    submit(account)
    account.submit("generor.models.list", {})


def test_what_ended_is_counted_once_and_adds_up_to_the_ledger(account: Account, worker: Worker) -> None:
    a_mixed_day(account, worker)

    answer = told(account, group_by="day")

    figures = {
        "runs": 3,
        "completed": 2,
        "failed": 0,
        "canceled": 1,
        "credits": 2,
        "provider_cost_usd": None,
        "cost_known_runs": 0,
    }
    assert answer == {"data": [{"day": today(), **figures}], "total": figures}
    assert charged(account.house.context.database, account.id) == 2


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("action", {(ACTION,): 2}),
        ("api", {("generor",): 2}),
        ("model", {("gemini-3.5-flash",): 2}),
        ("provider", {("local",): 2}),
        ("group", {("a",): 2, (None,): 0}),
        ("metadata.team", {("red",): 1, ("blue",): 1}),
        ("metadata.size", {(3,): 1, (None,): 1}),
        ("metadata.ok", {(True,): 1, (None,): 1}),
        ("metadata.deep", {(None,): 2}),
        ("group,metadata.team", {("a", "red"): 1, ("a", "blue"): 1, (None, "red"): 0}),
        ("metadata.team,api", {("red", "generor"): 1, ("blue", "generor"): 1}),
    ],
)
@pytest.mark.parametrize("rolled_up", [False, True])
def test_every_grouping_has_the_same_total(
    account: Account, worker: Worker, group_by: str, expected: dict[tuple[Any, ...], int], rolled_up: bool
) -> None:
    a_mixed_day(account, worker)
    if rolled_up:
        account.house.context.database.write(usage.roll_up)

    answer = told(account, group_by=group_by)

    names = group_by.split(",")
    found = {tuple(line[name] for name in names): line["credits"] for line in answer["data"]}
    if group_by == "model":
        found = {tuple(str(key) for key in groups): credits for groups, credits in found.items()}
        expected = {(account.house.context.catalog.models_by_id[37].key,): 2}
    assert found == expected
    assert (answer["total"]["runs"], answer["total"]["credits"]) == (3, 2)


def test_a_key_is_told_by_its_prefix(account: Account, worker: Worker) -> None:
    submit(account)
    worker.work()
    (line,) = told(account, group_by="key")["data"]
    assert line["key"] == account.key("generor")[: len("gnr_live_") + 8]


def test_deleted_runs_stay_in_the_sums_and_lose_their_groups(account: Account, worker: Worker) -> None:
    a_mixed_day(account, worker)
    database = account.house.context.database
    before = told(account, group_by="day,action")
    with database.read() as db:
        ended = list(db.execute(select(runs.c.id).where(runs.c.slot == "ended")).scalars())

    database.write(lambda db: delete_runs(db, ended))

    assert told(account, group_by="day,action") == before
    assert [(line["group"], line["credits"]) for line in told(account, group_by="group")["data"]] == [(None, 2)]
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(rows).where(rows.c.day.is_not(None))).scalar_one() == 0


def test_rolling_up_again_adds_nothing(account: Account, worker: Worker) -> None:
    a_mixed_day(account, worker)
    database = account.house.context.database
    assert [database.write(usage.roll_up), database.write(usage.roll_up)] == [3, 0]
    assert told(account)["total"]["runs"] == 3


def test_days_are_bounds_that_are_included(account: Account, worker: Worker) -> None:
    submit(account)
    worker.work()
    assert told(account, from_=today(), to=today())["total"]["runs"] == 1
    assert told(account, to="2020-01-01") == {"data": [], "total": told(account, to="2020-01-01")["total"]}
    assert told(account, from_="2999-01-01")["total"]["runs"] == 0


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"group_by": "day,action,api"}, "/group_by"),
        ({"group_by": "colour"}, "/group_by"),
        ({"group_by": "metadata."}, "/group_by"),
        ({"group_by": "day,day"}, "/group_by"),
        ({"from": "yesterday"}, "/from"),
        ({"to": "2026-02-30"}, "/to"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "/to"),
        ({"by": "day"}, "/by"),
    ],
)
def test_a_question_that_is_none_is_refused_at_its_member(
    account: Account, query: dict[str, str], pointer: str
) -> None:
    refused = account.get("/v1/usage", query_string=query)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == pointer


def test_csv_has_the_rows_and_runs_nothing_in_a_spreadsheet(account: Account, worker: Worker) -> None:
    for group in ("=HYPERLINK(1)", "+1", "-1", "@x", "plain, quoted"):
        submit(account, group=group)
    worker.work()

    answer = account.get("/v1/usage?group_by=group", headers={"Accept": "text/csv"})

    assert answer.content_type == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert {line["group"] for line in lines} == {"'=HYPERLINK(1)", "'+1", "'-1", "'@x", "plain, quoted"}
    assert {line["credits"] for line in lines} == {"1"}


def test_another_accounts_usage_is_not_in_it(account: Account, worker: Worker) -> None:
    other = account.house.account()
    submit(other)
    worker.work()
    assert told(account)["total"]["runs"] == 0


def test_labels_add_up_the_same_before_and_after_they_are_in_the_sums_and_go_with_their_runs(
    account: Account, worker: Worker
) -> None:
    kept = [submit(account, group=f"g{n % 2}", metadata={"vip": n % 2 == 0, "size": 1, "who": 'ü"x'}) for n in range(4)]
    submit(account)
    worker.work()
    questions = ("group", "metadata.vip", "metadata.size", "metadata.who", "day,group", "action,metadata.vip")
    fresh = [told(account, group_by=each) for each in questions]
    database = account.house.context.database
    assert database.write(usage.roll_up) == 5
    assert database.write(usage.roll_up) == 0
    assert [told(account, group_by=each) for each in questions] == fresh
    assert {line["metadata.vip"]: line["runs"] for line in fresh[1]["data"]} == {True: 2, False: 2, None: 1}

    database.write(lambda db: delete_runs(db, kept[:2]))
    assert {line["group"]: line["runs"] for line in told(account, group_by="group")["data"]} == {
        "g0": 1,
        "g1": 1,
        None: 3,
    }
    database.write(lambda db: delete_runs(db, kept[2:]))
    (line,) = told(account, group_by="metadata.who")["data"]
    assert (line["metadata.who"], line["runs"]) == (None, 5)
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(usage_labels)).scalar_one() == 0


@pytest.mark.slow
def test_every_grouping_of_many_generates_adds_up_to_the_ledger_at_once(database: Database) -> None:
    """With a million on each database: `make test-usage`."""
    account_id = fill(database, GENERATED)
    while database.write(lambda db: usage.roll_up(db, 5000)):
        pass
    spent = charged(database, account_id)
    slowest: dict[str, float] = {}
    for groups in (*DIMENSIONS, *map(",".join, combinations(DIMENSIONS, 2))):
        answer, slowest[groups] = timed(database, account_id, groups)
        assert (answer["total"]["runs"], answer["total"]["credits"]) == (GENERATED, spent), groups
        assert sum(line["credits"] for line in answer["data"]) == spent, groups
    print({groups: round(seconds, 3) for groups, seconds in sorted(slowest.items(), key=lambda each: -each[1])})
    assert max(slowest.values()) < SLOWEST_S, slowest


def test_two_labels_of_blocks_and_rows_add_up_and_go_with_their_runs(
    account: Account, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_blocks, "BLOCK", 3)
    runs = [submit(account, group=f"g{n % 2}", metadata={"n": n, "vip": n == 1, "big": 10.0**n}) for n in range(4)]
    submit(account, metadata={"n": True})
    worker.work()
    pairs = ("group,metadata.n", "metadata.vip,metadata.n", "metadata.big,group", "metadata.n,metadata.none")
    fresh = [told(account, group_by=each) for each in pairs]
    database = account.house.context.database
    database.write(usage.roll_up)
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(rows).where(rows.c.block.is_not(None))).scalar_one() == 3

    assert [told(account, group_by=each) for each in pairs] == fresh
    assert {line["metadata.n"] for line in fresh[0]["data"]} == {0, 1, 2, 3}
    assert len(fresh[0]["data"]) == 5
    assert told(account, group_by=pairs[0], to="2020-01-01")["data"] == []

    database.write(lambda db: delete_runs(db, runs[:1]))
    lines = told(account, group_by=pairs[0])["data"]
    assert [line["runs"] for line in lines if (line["group"], line["metadata.n"]) == (None, None)] == [1]
    assert sum(line["runs"] for line in lines) == 5
    database.write(lambda db: delete_runs(db, runs))
    with database.read() as db:
        kept = [row.runs for row in db.execute(select(func.count().label("runs")).select_from(usage_blocks_table))]
    assert kept == [0]


def test_rows_of_a_version_without_blocks_are_put_into_them(
    account: Account, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        submit(account, group="a", metadata={"team": "red"})
    worker.work()
    database = account.house.context.database
    database.write(usage.roll_up)
    monkeypatch.setattr(usage_blocks, "BLOCK", 2)

    with database.read() as db:
        assert account.id in usage_blocks.waiting(db)
    assert database.write(lambda db: usage_blocks.add_block(db, account.id))
    assert not database.write(lambda db: usage_blocks.add_block(db, account.id))
    (line,) = told(account, group_by="group,metadata.team")["data"]
    assert (line["group"], line["metadata.team"], line["runs"]) == ("a", "red", 2)


def test_more_rows_than_anyone_reads_are_refused(
    account: Account, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_blocks, "BLOCK", 3)
    monkeypatch.setattr(usage_report, "MOST_ROWS", 2)
    for n in range(3):
        submit(account, group="a", metadata={"n": n})
    worker.work()
    for _ in range(2):
        refused = account.get("/v1/usage?group_by=group,metadata.n")
        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/group_by")
        account.house.context.database.write(usage.roll_up)


def timed(database: Database, account_id: str, groups: str) -> tuple[dict[str, Any], float]:
    """The report by these groups, and the seconds that the quickest of three takes."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        with database.read() as db:
            question = usage_question.asked(None, None, groups)
            answer = usage_report.report(db, account_id, question, str)
        took.append(time.perf_counter() - begun)
        if took[-1] < 1:
            break
    return answer, min(took)
