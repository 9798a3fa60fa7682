"""Accepts that share a transaction, or that two processes commit at once, are each what they would be alone."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.accounts import budgets, keys
from service.runs import idempotency
from service.store.tables import accounts, runs
from tests.support.house import Account, House

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about crowds"}

TEXT = {"model": "gpt-5-4", "prompt": "Hello"}


@contextmanager
def nobody_commits(house: House, account: Account) -> Iterator[None]:
    """Hold what every accept of the account waits for, so that those who come meanwhile are committed together."""
    held, done = threading.Event(), threading.Event()

    def hold(db: Any) -> None:
        db.execute(update(accounts).where(accounts.c.id == account.id).values(turn=accounts.c.turn))
        held.set()
        done.wait(30)

    holder = threading.Thread(target=lambda: house.context.database.write(hold))
    holder.start()
    assert held.wait(30)
    try:
        yield
    finally:
        done.set()
        holder.join()


def together(house: House, account: Account, submits: Sequence[Callable[[], Any]]) -> list[Any]:
    """Have these done while nobody commits, and return their answers."""
    account.key("generor")
    with ThreadPoolExecutor(len(submits)) as threads:
        with nobody_commits(house, account):
            waiting = [threads.submit(submit) for submit in submits]
            # The first of them is being committed by now, and the others wait behind it.
            threading.Event().wait(1.0)
        return [one.result(30) for one in waiting]


def keyed(account: Account, number: int) -> Callable[[], Any]:
    return lambda: account.submit(GENERATE, JOKE, headers={"Idempotency-Key": f"crowd-{number}"})


def open_runs(house: House, account: Account) -> int:
    query = select(func.count()).select_from(runs).where(runs.c.account_id == account.id)
    with house.context.database.read() as db:
        return int(db.execute(query).scalar_one())


def test_of_a_crowd_as_many_are_accepted_as_there_are_credits_for(idle_house: House) -> None:
    account = idle_house.account(credits=7)
    answers = together(idle_house, account, [keyed(account, number) for number in range(12)])
    assert sorted(answer.status_code for answer in answers) == [202] * 7 + [402] * 5
    assert account.balance() == {"total": 7, "held": 7}
    assert open_runs(idle_house, account) == 7


def test_a_key_whose_request_was_refused_in_a_crowd_is_free_again(idle_house: House) -> None:
    account = idle_house.account(credits=3)
    answers = together(idle_house, account, [keyed(account, number) for number in range(6)])
    refused = next(number for number, answer in enumerate(answers) if answer.status_code == 402)
    accepted = next(number for number, answer in enumerate(answers) if answer.status_code == 202)
    assert account.post(f"/v1/runs/{answers[accepted].get_json()['id']}/cancel").status_code == 200

    again = keyed(account, refused)()

    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (202, None)


def test_turns_of_a_crowd_follow_one_another(idle_house: House) -> None:
    account = idle_house.account()
    together(idle_house, account, [keyed(account, number) for number in range(8)])
    with idle_house.context.database.read() as db:
        turns = sorted(db.execute(select(runs.c.turn).where(runs.c.account_id == account.id)).scalars())
        last = db.execute(select(accounts.c.turn).where(accounts.c.id == account.id)).scalar_one()
    steps = {round(after - before, 6) for before, after in pairwise(turns)}
    assert len(turns) == len(set(turns)) == 8
    assert len(steps) == 1
    assert turns[-1] == pytest.approx(last)


def test_a_budget_takes_as_many_of_a_crowd_as_it_has_room_for(idle_house: House) -> None:
    account = idle_house.account()
    key = account.key("generor")
    prefix = key[: len("gnr_live_") + 8]

    def limit(db: Any) -> None:
        key_id = keys.find(db, account.id, prefix).id
        budgets.set_budget(db, account.id, key_id, budgets.Limit(4, "total"))

    idle_house.context.database.write(limit)
    answers = together(idle_house, account, [keyed(account, number) for number in range(6)])
    assert sorted(answer.status_code for answer in answers) == [202] * 4 + [402] * 2
    assert account.balance()["held"] == 4


def test_parallel_places_are_counted_one_after_another_in_a_crowd(idle_house: House) -> None:
    account = idle_house.account(plan="free", credits=1000)
    answers = together(idle_house, account, [lambda: account.submit("flixly.media.generate", TEXT)] * 4)
    with idle_house.context.database.read() as db:
        slots = sorted(db.execute(select(runs.c.slot).where(runs.c.account_id == account.id)).scalars())
    assert [answer.status_code for answer in answers] == [202] * 4, answers[0].get_json()
    assert slots == ["parked", "parked", "parked", "ready"]


@pytest.fixture
def beside(idle_house: House, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Another process on the same database: the two know nothing of each other's keys in hand."""
    monkeypatch.setattr(idempotency, "claimed", lambda _: nullcontext())
    other = House(tmp_path / "beside", redis_url, idle_house.settings.database)
    yield other
    other.context.database.close()
    other.context.scratch.close()


def as_seen_at(house: House, account: Account) -> Account:
    seen = Account(house, account.name, account.id, account.user_id, account.secret)
    seen.keys = account.keys
    return seen


def test_one_key_at_two_processes_at_once_is_one_run(idle_house: House, beside: House) -> None:
    here = idle_house.account()
    here.key("generor")
    there = as_seen_at(beside, here)
    with ThreadPoolExecutor(2) as threads:
        for number in range(12):
            waiting = [threads.submit(keyed(account, number)) for account in (here, there)]
            answers = [one.result(30) for one in waiting]
            assert sorted(answer.status_code for answer in answers) == [200, 202]
            assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert here.balance()["held"] == 12


def test_a_failed_runs_key_at_two_processes_at_once_starts_one_new_run(idle_house: House, beside: House) -> None:
    here = idle_house.account()
    there = as_seen_at(beside, here)
    with ThreadPoolExecutor(2) as threads:
        for number in range(8):
            failed = keyed(here, number)().get_json()["id"]
            assert here.post(f"/v1/runs/{failed}/cancel").status_code == 200
            waiting = [threads.submit(keyed(account, number)) for account in (here, there)]
            answers = [one.result(30) for one in waiting]
            assert sorted(answer.status_code for answer in answers) == [200, 202]
            assert {answer.get_json()["id"] for answer in answers} != {failed}
            assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert here.balance()["held"] == 8
