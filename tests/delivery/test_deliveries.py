"""Deliveries are found by status, host and run, and posted again one by one or together."""

import pytest

from service.delivery.book import Book
from tests.delivery.posts import BROKEN, GONE, due, ended, tried
from tests.support.house import Account, House


@pytest.fixture
def runs(account: Account, book: Book) -> dict[str, str]:
    """Three runs by what became of their callbacks."""
    made = {
        "failed": ended(account, "http://127.0.0.1:9/one"),
        "pending": ended(account, "http://LOCALHOST.:9/two"),
        "again": ended(account, "http://127.0.0.1/three"),
    }
    for one in due(book):
        book.record([tried(one, GONE if one.url.endswith("one") else BROKEN)])
    return made


def listed(account: Account, query: str) -> list[str]:
    answer = account.get(f"/v1/deliveries?{query}")
    assert answer.status_code == 200, answer.text
    return [one["url"].rsplit("/", 1)[1] for one in answer.get_json()["data"]]


def test_they_are_listed_newest_first_by_status_host_and_run(account: Account, runs: dict[str, str]) -> None:
    assert listed(account, "") == ["three", "two", "one"]
    assert listed(account, "status=failed") == ["one"]
    assert listed(account, "status=pending") == ["three", "two"]
    assert listed(account, "host=127.0.0.1") == ["three", "one"]
    assert listed(account, "host=localhost") == ["two"]
    assert listed(account, "host=LocalHost.&status=pending") == ["two"]
    assert listed(account, "host=127.0.0.%25") == []
    assert listed(account, "host=7.0.0.1") == []
    assert listed(account, f"run={runs['again']}") == ["three"]
    assert listed(account, "run=run_unknown") == []


def test_pages_hold_every_delivery_once(account: Account, runs: dict[str, str]) -> None:
    first = account.get("/v1/deliveries?limit=2").get_json()
    second = account.get(f"/v1/deliveries?limit=2&cursor={first['next_cursor']}").get_json()
    assert [len(first["data"]), len(second["data"]), second["next_cursor"]] == [2, 1, None]
    assert len({one["id"] for one in first["data"] + second["data"]}) == 3


@pytest.mark.parametrize("query", ["status=lost", "cursor=x", "limit=0", "unknown=1", "status=failed&status=failed"])
def test_a_query_that_is_wrong_is_refused(idle_house: House, query: str) -> None:
    assert idle_house.account().get(f"/v1/deliveries?{query}").status_code == 422


def test_many_are_posted_again_after_a_dry_run_has_told_how_many(account: Account, runs: dict[str, str]) -> None:
    asked = {"filter": {"status": "failed", "host": "127.0.0.1"}}
    dry = account.post("/v1/deliveries/replay", asked | {"dry_run": True})
    assert (dry.status_code, dry.get_json()["count"]) == (200, 1)
    assert listed(account, "status=failed") == ["one"]
    done = account.post("/v1/deliveries/replay", asked)
    assert (done.status_code, done.get_json()["count"], done.get_json()["more"]) == (202, 1, False)
    assert listed(account, "status=failed") == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/filter"),
        ({"filter": {}}, "/filter"),
        ({"filter": {"status": "lost"}}, "/filter/status"),
        ({"filter": {"url": "x"}}, "/filter/url"),
        ({"filter": {"run": "x"}, "all": True}, "/all"),
    ],
)
def test_a_replay_of_many_says_which(idle_house: House, body: dict[str, object], pointer: str) -> None:
    answer = idle_house.account().post("/v1/deliveries/replay", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_anothers_deliveries_are_neither_seen_nor_posted_again(
    account: Account, house: House, runs: dict[str, str]
) -> None:
    other = house.account()
    assert other.get("/v1/deliveries").get_json()["data"] == []
    replayed = other.post("/v1/deliveries/replay", {"filter": {"run": runs["failed"]}})
    assert replayed.get_json()["count"] == 0
    assert listed(account, "status=failed") == ["one"]
