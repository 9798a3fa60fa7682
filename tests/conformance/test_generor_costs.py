"""What a generation costs and how long it takes, told before and after. Source: generor-api, 'Credits'."""

from typing import Any

from sqlalchemy import func, insert, select

from service.accounts import ledger
from service.store.clock import now
from service.store.tables import creations, runs, samples
from tests.conformance.generating import BASE, JOKE, PICTURE, estimate, post
from tests.support.house import Account, House


def test_time_is_told_from_three_recent_generations_on_and_from_ten_at_most(idle_house: House) -> None:
    me = idle_house.account()

    def told(seconds: list[float]) -> tuple[Any, ...]:
        rows = [{"generator": "joke", "model_id": 37, "seconds": s, "created_at": now()} for s in seconds]
        me.house.context.database.write(lambda db: db.execute(insert(samples), rows))
        time = estimate(me, JOKE)["time_estimate"]
        return time["source"], time["has_historical"], time["sample_count"], time["min_seconds"], time["max_seconds"]

    assert told([40.0, 20.0])[:3] == ("fallback", False, 2)
    assert told([30.0]) == ("historical", True, 3, 20, 40)
    assert told([7.0] * 10) == ("historical", True, 10, 7, 7)


def test_the_discount_is_the_count_in_per_cent_and_ten_at_most(me: Account) -> None:
    picture = PICTURE | {"model_id": 10001}

    costs = [estimate(me, picture, count=count)["credit_cost"] for count in range(1, 11)]

    assert [cost["discount_percent"] for cost in costs] == list(range(1, 11))
    for count, cost in enumerate(costs, start=1):
        assert cost["discount"] == 80 * count * count // 100
        assert cost["total"] == 80 * count - cost["discount"]


def test_the_time_taken_and_the_two_costs_are_told(account: Account) -> None:
    told = estimate(account, JOKE, count=2)["credit_cost"]["total"]
    before = account.balance()["total"]

    data = post(account, "generate", JOKE, count=2).get_json()["data"]

    assert data["credit_cost"] == before - account.balance()["total"] == told == data["credit_cost_estimated"]
    assert data["credits_remaining"] == account.balance()["total"]
    assert data["time_taken_seconds"] >= 0


def test_credits_are_paid_free_and_earned_and_the_total_is_their_sum(shared: House) -> None:
    account = shared.account(credits=1000)
    write = shared.context.database.write
    write(lambda db: ledger.grant(db, account.id, "daily_bonus", 200, "A bonus", "free"))
    write(lambda db: ledger.grant(db, account.id, "gift_received", 50, "A gift", "earned"))

    for shown in (
        account.get(f"{BASE}/credits/balance").get_json()["data"],
        account.get(f"{BASE}/users/me").get_json()["data"]["credits"],
    ):
        assert shown == {"total": 1250, "paid": 1000, "free": 200, "earned": 50, "max": 250, "held": 0}


def test_an_estimate_writes_nothing_and_costs_nothing(idle_house: House) -> None:
    account = idle_house.account()

    assert estimate(account, JOKE, count=10)["credit_cost"]["total"] == 9
    assert post(account, "estimate", {"slug": "joke"}).status_code == 200

    with idle_house.context.database.read() as db:
        written = [db.execute(select(func.count()).select_from(table)).scalar_one() for table in (creations, runs)]
    assert written == [0, 0]
    assert account.balance() == {"total": 10_000, "held": 0}
