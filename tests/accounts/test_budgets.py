"""Budgets: the charges of a period never exceed them, whatever is in flight, and what is refused costs nothing."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.accounts import authentication, budgets
from service.accounts.budgets import ACCOUNT, Limit, end_of, parse, start_of
from service.errors import ValidationError
from service.runs import cancel, recover
from service.store.tables import deliveries, events, ledger, runs, usage
from tests.runs.conftest import Worker
from tests.support.house import Account, House

JOKE = {"slug": "joke", "model_id": 37, "prompt": "A joke about money"}
PARALLEL = 500
THUMBNAIL = {"video_title": "Money", "image_model": "pro", "aspect_ratio": "16:9", "image_count": 1, "prompt": "x"}
ACTION = "generor.generators.generate"


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


@pytest.fixture
def worker(idle_house: House) -> Any:
    made = Worker(idle_house)
    yield made
    made.heart.stop()


@pytest.fixture
def limit(account: Account) -> Callable[..., None]:
    """Sets the account's budget, or a key's."""

    def set_budget(wanted: str, key_id: int = ACCOUNT) -> None:
        account.house.context.database.write(lambda db: budgets.set_budget(db, account.id, key_id, parse(wanted)))

    return set_budget


def standing(account: Account) -> list[dict[str, Any]]:
    with account.house.context.database.read() as db:
        return budgets.of_account(db, account.id)


def key_id(account: Account, token: str) -> int:
    with account.house.context.database.read() as db:
        return authentication.authenticate(db, account.house.context.vault, token).key_id


def submit(account: Account, **options: Any) -> Any:
    return account.submit(ACTION, JOKE, **options)


@pytest.mark.parametrize(
    "text", ["500", "/month", "5/week", "-5/day", "5.5/day", "5/day ", "9" * 17 + "/day", "", "5/Day"]
)
def test_a_budget_that_is_none_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValidationError, match="500/month") as refused:
        parse(text)
    assert refused.value.errors[0].pointer == "/budget"


def test_a_budget_is_read_as_it_is_written() -> None:
    assert parse("500/month") == Limit(500, "month")
    assert parse("0/day") == Limit(0, "day")
    assert parse("none") is None


def test_periods_begin_and_end_in_utc() -> None:
    moment = int(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1000 + 999
    year = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * 1000
    assert (start_of("day", moment), end_of("day", start_of("day", moment))) == (year - 86_400_000, year)
    assert (start_of("month", moment), end_of("month", start_of("month", moment))) == (year - 31 * 86_400_000, year)
    assert (start_of("total", moment), end_of("total", 0)) == (0, None)


def test_a_run_above_what_is_left_is_refused_whole_and_says_why(account: Account, limit: Callable[..., None]) -> None:
    limit("2/month")
    accepted = [submit(account).status_code for _ in range(2)]
    before = account.balance()

    refused = submit(account)

    assert accepted == [202, 202]
    assert (refused.status_code, refused.content_type) == (402, "application/problem+json")
    told = refused.get_json()
    assert (told["type"], told["code"]) == ("/problems/budget-exceeded", "budget_exceeded")
    month = iso_month_end()
    assert told["budget"] == {
        "scope": "account",
        "key": None,
        "limit": 2,
        "period": "month",
        "used": 0,
        "held": 2,
        "resets_at": month,
    }
    assert account.balance() == before


def iso_month_end() -> str:
    today = datetime.now(UTC)
    year, month = (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)
    return f"{year}-{month:02d}-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("api", "path", "body", "code"),
    [
        ("generor", "/api/v1/generators/joke/generate", {"model_id": 37, "prompt": "x"}, "BUDGET_EXCEEDED"),
        ("flixly", "/api/v1/generate", {"model": "flux-dev", "prompt": "x"}, "budget_exceeded"),
        ("flokan", "/api/v1/thumbnail-generator/generate", THUMBNAIL, None),
        ("generor", "/openai/v1/images/generations", {"model": "flux-dev", "prompt": "x"}, "insufficient_quota"),
    ],
)
def test_every_face_refuses_in_its_envelope(
    account: Account, limit: Callable[..., None], api: str, path: str, body: dict[str, Any], code: str | None
) -> None:
    limit("0/total")

    refused = account.post(path, body, api=api)

    told = refused.get_json()
    assert refused.status_code == 402, told
    message = told["error"] if code is None else told["error"]["message"]
    assert "budget is 0 credits in all" in message
    if code is not None:
        assert told["error"]["code"] == code
    assert account.balance()["held"] == 0


def test_a_replay_costs_nothing(account: Account, limit: Callable[..., None]) -> None:
    limit("1/day")
    first = submit(account, headers={"Idempotency-Key": "once"})
    again = submit(account, headers={"Idempotency-Key": "once"})
    assert (first.status_code, again.status_code) == (202, 200)
    assert standing(account)[0]["held"] == 1


def test_a_hold_becomes_a_charge_or_is_given_back(account: Account, limit: Callable[..., None], worker: Worker) -> None:
    limit("3/month")
    done, canceled = submit(account).get_json()["id"], submit(account).get_json()["id"]
    assert (standing(account)[0]["used"], standing(account)[0]["held"]) == (0, 2)
    cancel.cancel(account.house.context, account.id, canceled)
    worker.work()
    assert account.charges(done) == [1]
    assert (standing(account)[0]["used"], standing(account)[0]["held"]) == (1, 0)


@pytest.mark.parametrize("end", ["completed", "canceled", "timed out", "lost", "dropped", "finished by another"])
def test_however_a_run_ends_its_hold_is_charged_once_or_released(
    account: Account, limit: Callable[..., None], end: str
) -> None:
    house = account.house
    limit("3/month")
    limit("3/month", key_id(account, account.key("generor")))
    run_id = submit(account).get_json()["id"]
    first = Worker(house)
    if end == "timed out":
        write = house.context.database.write
        write(lambda db: db.execute(update(runs).where(runs.c.id == run_id).values(deadline=1)))
        recover.time_out(house.context)
    elif end == "canceled":
        cancel.cancel(house.context, account.id, run_id)
    elif end == "completed":
        first.work()
    elif end == "lost":
        for _ in range(recover.LOSSES):
            worker = Worker(house)
            assert worker.claim()
            worker.heart.stop()
            recover.take_over(house.context, [worker.heart.id])
    else:
        (claimed,) = first.claim()
        late = first.advance(claimed)
        recover.take_over(house.context, [first.heart.id])
        if end == "dropped":
            cancel.cancel(house.context, account.id, run_id)
        else:
            second = Worker(house)
            second.work()
            second.heart.stop()
        first.commit(late)
    first.heart.stop()

    charged = sum(account.charges(run_id))
    assert charged == (1 if end in ("completed", "finished by another") else 0)
    assert account.balance()["held"] == 0
    assert [(one["used"], one["held"]) for one in standing(account)] == [(charged, 0)] * 2


def test_what_the_period_took_before_counts(account: Account, limit: Callable[..., None], worker: Worker) -> None:
    submit(account)
    worker.work()
    submit(account)
    limit("3/month")
    assert (standing(account)[0]["used"], standing(account)[0]["held"]) == (1, 1)
    limit("3/month", key_id(account, account.key("generor")))
    assert [(one["scope"], one["used"], one["held"]) for one in standing(account)] == [("account", 1, 1), ("key", 1, 1)]
    assert [submit(account).status_code, submit(account).status_code] == [202, 402]


def test_a_budget_taken_away_binds_nobody(account: Account, limit: Callable[..., None], worker: Worker) -> None:
    limit("1/day")
    submit(account)
    limit("none")
    assert submit(account).status_code == 202
    worker.work()
    assert standing(account) == []


def test_a_new_period_begins_at_nothing_and_a_late_charge_counts_where_it_was_held(
    account: Account, limit: Callable[..., None], worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit("2/day")
    submit(account)
    tomorrow = budgets.now() + 86_400_000
    monkeypatch.setattr(budgets, "now", lambda: tomorrow)
    assert (standing(account)[0]["used"], standing(account)[0]["held"]) == (0, 0)
    assert [submit(account).status_code for _ in range(3)] == [202, 202, 402]
    worker.work()
    assert (standing(account)[0]["used"], standing(account)[0]["held"]) == (2, 0)


def test_a_minted_key_counts_against_its_own_budget_and_those_above(
    account: Account, limit: Callable[..., None]
) -> None:
    parent = account.key("generor")
    child = account.post("/api/v1/api-keys", {"name": "child"}).get_json()["data"]
    account.keys["generor:child"] = child["api_key"]
    limit("5/month", key_id(account, parent))
    limit("2/month", child["key_id"])

    path, body = f"/v1/actions/{ACTION}", {"input": JOKE}
    by_child = [account.call("POST", path, scopes=("child",), json=body) for _ in range(3)]
    by_parent = [submit(account).status_code for _ in range(4)]

    assert [one.status_code for one in by_child] == [202, 202, 402]
    assert by_child[2].get_json()["budget"]["key"] == child["prefix"]
    assert by_parent == [202, 202, 202, 402]


def test_thresholds_are_told_once_a_period_to_who_subscribed(
    account: Account, limit: Callable[..., None], worker: Worker
) -> None:
    wanted = {"target_url": "http://127.0.0.1:9/budget", "events": ["budget.threshold"]}
    assert account.post("/v1/subscriptions", wanted).status_code == 201
    limit("4/month")
    for _ in range(4):
        submit(account)
        worker.work()
    with account.house.context.database.read() as db:
        told = db.execute(select(events.c.body, deliveries.c.url).join(deliveries)).all()
    bodies = [row.body.decode() for row in told]
    assert len(bodies) == 3, bodies
    assert {row.url for row in told} == {wanted["target_url"]}
    assert ['"percent":50' in bodies[0], '"percent":80' in bodies[1], '"percent":100' in bodies[2]] == [True] * 3
    assert '"type":"budget.threshold"' in bodies[0]
    assert '"used":2' in bodies[0]


def test_parallel_submissions_never_exceed_a_budget(houses: Callable[..., House]) -> None:
    house = houses(web_threads=40)
    account = house.account(plan="enterprise")
    child = key_id(account, account.key("generor"))
    write = house.context.database.write
    write(lambda db: budgets.set_budget(db, account.id, ACCOUNT, Limit(60, "month")))
    write(lambda db: budgets.set_budget(db, account.id, child, Limit(40, "month")))
    flixly = account.key("flixly")
    start = threading.Barrier(20)

    def crowd(place: int) -> list[int]:
        start.wait(30)
        token = account.key("generor") if place % 2 else flixly
        headers = {"Authorization": f"Bearer {token}"}
        path = f"/v1/actions/{ACTION}"
        return [
            house.client.post(path, json={"input": JOKE}, headers=headers).status_code for _ in range(PARALLEL // 20)
        ]

    with ThreadPoolExecutor(20) as pool:
        codes = [code for told in pool.map(crowd, range(20)) for code in told]

    assert set(codes) <= {202, 402, 429}, set(codes)
    assert codes.count(202) == 60
    house.work()
    house.until(lambda: standing(account)[0]["held"] == 0, 120)
    with house.context.database.read() as db:
        charged = -db.execute(select(func.sum(ledger.c.paid)).where(ledger.c.type == "spend")).scalar_one()
        of_key = db.execute(select(func.sum(usage.c.credits)).where(usage.c.key_id == child)).scalar_one()
    assert (charged, account.balance()["held"]) == (60, 0)
    assert of_key <= 40
    assert {one["scope"]: (one["used"], one["held"]) for one in standing(account)} == {
        "account": (60, 0),
        "key": (of_key, 0),
    }
