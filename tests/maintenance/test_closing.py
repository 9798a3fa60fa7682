"""An account is suspended and resumed whole, and deleted with all that it made, while the ledger keeps its sums."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select

from service.accounts import accounts, ledger
from service.errors import Conflict, NotFound
from service.maintenance import closing
from service.store.tables import deliveries, events, files, runs, usage, usage_days
from service.store.tables import ledger as entries
from tests.runs.conftest import Worker
from tests.support.house import Account, House

ACTION = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "A joke about ends"}
PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
CALLBACK = "http://127.0.0.1:9/hook"


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account(name="ada")


@pytest.fixture
def worker(idle_house: House) -> Any:
    made = Worker(idle_house)
    yield made
    made.heart.stop()


@pytest.fixture
def painter(idle_house: House) -> Any:
    """A worker of the lane that pictures are made in."""
    made = Worker(idle_house, "medium")
    yield made
    made.heart.stop()


def count(house: House, table: Any, *where: Any) -> int:
    with house.context.database.read() as db:
        return int(db.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def status(house: House, run_id: str) -> str:
    with house.context.database.read() as db:
        return str(db.execute(select(runs.c.status).where(runs.c.id == run_id)).scalar_one())


def submit(account: Account, values: dict[str, Any] = JOKE, **members: Any) -> str:
    return str(account.submit(ACTION, values, callback_url=CALLBACK, **members).get_json()["id"])


def test_a_suspended_accounts_queue_is_canceled_and_what_runs_ends_and_is_called_back(
    account: Account, worker: Worker
) -> None:
    house, running = account.house, submit(account)
    (claimed,) = worker.claim()
    queued = submit(account)

    told = closing.suspend(house.context, "ada")

    assert told == {"name": "ada", "suspended": True, "canceled_runs": 1}
    assert (status(house, running), status(house, queued)) == ("running", "canceled")
    worker.commit(worker.advance(claimed))
    assert status(house, running) == "completed"
    assert count(house, deliveries) == 2
    assert account.balance()["held"] == 0
    assert account.get(f"/v1/runs/{running}").status_code == 403
    closing.resume(house.context, "ada")
    assert account.get(f"/v1/runs/{running}").status_code == 200


def test_a_deleted_account_leaves_its_ledger_and_its_name_alone(account: Account, painter: Worker) -> None:
    house = account.house
    picture = submit(account, PICTURE)
    painter.work()
    run = account.get(f"/v1/runs/{picture}").get_json()
    url = run["output"]["creations"][0]["image_url"] if "creations" in run["output"] else None
    with house.context.database.read() as db:
        objects = list(db.execute(select(files.c.object)).scalars())
    submit(account)
    before = account.balance()["total"]
    other = house.account(name="eve")
    kept = submit(other)

    told = closing.delete(house.context, "ada")

    assert (told["deleted_runs"], told["deleted_files"]) == (2, len(objects))
    assert account.get("/v1/account").status_code == 401
    if url is not None:
        assert house.client.get(url.removeprefix("http://genhook.test")).status_code == 404
    assert not [key for key in objects if exists(house, key)]
    mine = [runs.c.account_id == account.id]
    assert [count(house, runs, *mine), count(house, files, files.c.account_id == account.id)] == [0, 0]
    assert count(house, events, events.c.account_id == account.id) == 0
    with house.context.database.read() as db:
        left = ledger.balance(db, account.id)
        spent = -db.execute(select(func.sum(entries.c.paid)).where(entries.c.type == "spend")).scalar_one()
        summed = db.execute(select(func.sum(usage_days.c.credits))).scalar_one()
    assert (left.total, left.held) == (before, 0)
    assert spent == summed
    assert count(house, usage, usage.c.account_id == account.id) == 0
    with pytest.raises(Conflict):
        house.account(name="ada")
    with pytest.raises(NotFound), house.context.database.read() as db:
        accounts.find(db, "ada")
    assert other.get(f"/v1/runs/{kept}").status_code == 200
    assert other.get("/api/v1/users/ada").status_code == 404


def exists(house: House, key: str) -> bool:
    try:
        return bool(list(house.context.objects.stream(key, 0, 1)))
    except Exception:
        return False


def test_a_deletion_that_was_broken_off_is_finished_by_the_next(account: Account, painter: Worker) -> None:
    submit(account, PICTURE)
    painter.work()
    database = account.house.context.database
    database.write(lambda db: accounts.erase(db, account.id))
    told = closing.delete(account.house.context, "ada")
    assert (told["deleted_runs"], told["deleted_files"]) == (1, 1)
    assert closing.delete(account.house.context, "ada")["deleted_runs"] == 0


def test_parallel_submissions_and_a_suspension_leave_nothing_queued(account: Account) -> None:
    house, account_key = account.house, account.key("generor")
    stop = threading.Event()

    def crowd() -> None:
        headers = {"Authorization": f"Bearer {account_key}"}
        while not stop.is_set():
            house.client.post(f"/v1/actions/{ACTION}", json={"input": JOKE}, headers=headers)

    threads = [threading.Thread(target=crowd) for _ in range(4)]
    for one in threads:
        one.start()
    house.until(lambda: count(house, runs) > 5)
    closing.suspend(house.context, "ada")
    stop.set()
    for one in threads:
        one.join(30)
    assert count(house, runs, runs.c.slot != "ended") == 0
    assert account.balance()["held"] == 0
