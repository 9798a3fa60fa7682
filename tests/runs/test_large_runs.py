"""Runs with megabytes of input are shown, alone and in lists, and never many in one answer."""

from typing import Any

import pytest

from service.runs import listing
from tests.support.house import Account, House

CHAT = "flixly.chat.complete"


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


def chat(account: Account, megabytes: int) -> dict[str, Any]:
    said = [{"role": "user", "content": f"{number} " + "word " * 39_000} for number in range(megabytes * 5)]
    answer = account.submit(CHAT, {"model": "gpt-5-4", "messages": said})
    assert answer.status_code == 202, answer.get_data(as_text=True)
    run: dict[str, Any] = answer.get_json()
    return run


def test_a_page_with_bodies_ends_before_they_are_too_many_bytes(account: Account) -> None:
    wanted = [run["id"] for run in (chat(account, 2), chat(account, 3), chat(account, 1))]
    pages, cursor = list[list[str]](), ""
    while cursor is not None:
        answer = account.get(f"/v1/runs?include=input&cursor={cursor}")
        assert len(answer.get_data()) < listing.LARGEST_PAGE * 1.1
        pages.append([run["id"] for run in answer.get_json()["data"]])
        cursor = answer.get_json()["next_cursor"]
    assert pages == [[wanted[2], wanted[1]], [wanted[0]]]


def test_a_run_larger_than_a_page_is_listed_alone(account: Account) -> None:
    run = chat(account, 6)
    listed = account.get("/v1/runs?include=input").get_json()
    assert [one["input"] for one in listed["data"]] == [run["input"]]


def test_no_memory_for_a_large_run_is_503_and_costs_nothing(account: Account) -> None:
    run, memory = chat(account, 2), account.house.context.memory
    before = account.balance()
    memory.patience_s = 0.01
    with memory.take("others", 10**12):
        paths = (f"/v1/runs/{run['id']}", f"/v1/runs/{run['id']}/events", "/v1/runs?include=input")
        refused = [account.get(path) for path in paths]
        said = [{"role": "user", "content": "word " * 39_000}] * 8
        refused.append(account.submit(CHAT, {"model": "gpt-5-4", "messages": said}))
        assert account.get("/v1/runs").status_code == 200
    assert [answer.status_code for answer in refused] == [503] * 4
    assert all("Retry-After" in answer.headers for answer in refused)
    assert account.balance() == before
    assert account.get(f"/v1/runs/{run['id']}").get_json()["input"] == run["input"]
