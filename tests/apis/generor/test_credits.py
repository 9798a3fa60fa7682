"""The balance and what made it. Source: generor-api, 'Credits'."""

from typing import Any

import pytest

from service.accounts import ledger
from tests.support.house import Account, House

BASE = "/api/v1/credits"
TYPES = (
    "spend",
    "purchase",
    "daily_bonus",
    "weekly_bonus",
    "signup_bonus",
    "refund",
    "gift_sent",
    "gift_received",
)
JOKE = {"slug": "joke", "prompt": "Tell me a joke", "model_id": 37}


def data(answer: Any) -> Any:
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["data"]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def grant(account: Account, type: str, credits: int, bucket: str = "paid") -> None:
    account.house.context.database.write(lambda db: ledger.grant(db, account.id, type, credits, f"A {type}", bucket))


def test_the_balance_is_the_documents(idle_house: House) -> None:
    account = idle_house.account(credits=1000)
    grant(account, "daily_bonus", 200, "free")
    grant(account, "gift_received", 50, "earned")

    assert account.get(f"{BASE}/balance").get_json() == {
        "success": True,
        "data": {"total": 1250, "paid": 1000, "free": 200, "earned": 50, "max": 250, "held": 0},
    }


def test_an_open_hold_stands_beside_the_balance(me: Account) -> None:
    run = me.submit("generor.generators.generate", JOKE).get_json()

    assert data(me.get(f"{BASE}/balance")) == {
        "total": 10_000,
        "paid": 10_000,
        "free": 0,
        "earned": 0,
        "max": 250,
        "held": run["estimate"]["credits"],
    }


def test_what_was_spent_is_free_credits_first_and_names_its_run(account: Account) -> None:
    grant(account, "weekly_bonus", 1, "free")
    run = account.submit("generor.generators.generate", {**JOKE, "count": 2}, wait=20).get_json()
    assert (run["status"], run["credits_charged"]) == ("completed", 2)

    (spent,) = data(account.get(f"{BASE}/transactions?type=spend"))

    assert (len(spent.pop("created_at")), spent.pop("transaction_id") > 0) == (19, True)
    assert spent == {
        "type": "spend",
        "amount": -2,
        "paid": -1,
        "free": -1,
        "earned": 0,
        "description": "generor.generators.generate",
        "run_id": run["id"],
    }
    assert data(account.get(f"{BASE}/balance"))["total"] == account.balance()["total"] == 9_999


@pytest.mark.parametrize("type", TYPES)
def test_transactions_are_listed_by_their_type(me: Account, other: Account, type: str) -> None:
    for n, each in enumerate(TYPES):
        grant(me, each, n + 1)
        grant(other, each, 1)
    expected = [TYPES.index(type) + 1] + ([10_000] if type == "purchase" else [])

    listed = me.get(f"{BASE}/transactions?type={type}").get_json()

    assert [entry["amount"] for entry in listed["data"]] == expected
    assert {entry["type"] for entry in listed["data"]} == {type}
    assert listed["meta"]["total"] == len(expected)


def test_all_transactions_add_up_to_the_balance_page_by_page(me: Account) -> None:
    for n in range(1, 4):
        grant(me, "refund", n)
    path = f"{BASE}/transactions"

    listed = me.get(path).get_json()

    assert [entry["amount"] for entry in listed["data"]] == [3, 2, 1, 10_000]
    assert sum(entry["amount"] for entry in listed["data"]) == data(me.get(f"{BASE}/balance"))["total"]
    assert listed["data"][-1]["description"] == "Starting balance"
    assert listed["data"][-1]["run_id"] is None
    second = me.get(f"{path}?page=2&per_page=3").get_json()
    assert [entry["amount"] for entry in second["data"]] == [10_000]
    assert second["meta"] == {
        "page": 2,
        "per_page": 3,
        "total": 4,
        "total_pages": 2,
        "has_next": False,
        "has_prev": True,
    }
    assert [entry["amount"] for entry in data(me.get(f"{path}?sort=oldest&per_page=1"))] == [10_000]
    assert len(data(me.get(f"{path}?per_page=100"))) == 4


@pytest.mark.parametrize("query", ["type=theft", "per_page=0", "per_page=101", "page=0", "sort=best"])
def test_a_list_of_transactions_is_asked_for_rightly(me: Account, query: str) -> None:
    assert refused(me.get(f"{BASE}/transactions?{query}")) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", ["balance", "transactions"])
def test_credits_are_shown_to_keys_that_may_read(me: Account, path: str) -> None:
    assert refused(me.house.client.get(f"{BASE}/{path}")) == (401, "UNAUTHORIZED")
    assert refused(me.call("GET", f"{BASE}/{path}", scopes=("write", "generate"))) == (403, "FORBIDDEN")
    assert me.call("GET", f"{BASE}/{path}", scopes=("read",)).status_code == 200


def test_the_same_operations_are_actions(me: Account) -> None:
    balance = me.submit("generor.credits.balance", {}).get_json()["output"]
    listed = me.submit("generor.credits.transactions", {"type": "purchase"}).get_json()["output"]

    assert balance["total"] == 10_000
    assert [entry["amount"] for entry in listed["data"]] == [10_000]
