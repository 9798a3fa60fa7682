"""Runs over an account's parallel limit wait their turn, and each place that becomes free is taken once."""

from sqlalchemy import func, select

from service.store.tables import runs
from tests.generation.steps import ended
from tests.support.house import Account, House

TEXT = {"model": "gpt-5-4", "prompt": "a line"}


def ready(account: Account) -> int:
    query = select(func.count()).where(runs.c.account_id == account.id, runs.c.slot == "ready")
    with account.house.context.database.read() as db:
        return int(db.execute(query).scalar_one())


def submitted(account: Account) -> str:
    return str(account.submit("flixly.media.generate", TEXT).get_json()["id"])


def test_canceling_what_waits_its_turn_frees_no_place(idle_house: House) -> None:
    account = idle_house.account("free")
    going, waiting, last = (submitted(account) for _ in range(3))
    assert ready(account) == 1

    account.post(f"/v1/runs/{waiting}/cancel")
    assert ready(account) == 1

    account.post(f"/v1/runs/{going}/cancel")
    assert ready(account) == 1
    assert account.get(f"/v1/runs/{last}").get_json()["status"] == "queued"


def test_every_waiting_run_has_its_turn(idle_house: House) -> None:
    account = idle_house.account("free")
    run_ids = [submitted(account) for _ in range(4)]
    idle_house.work()

    assert [ended(account, run_id)["status"] for run_id in run_ids] == ["completed"] * 4
