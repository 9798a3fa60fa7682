"""Every window in which something can die, at the step where it dies: nothing is lost, nothing is charged twice.

The same with real processes is tests/e2e/test_crashes.py.
"""

import errno
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from service.files.removal import delete_objects
from service.processes import lane as lanes
from service.processes.sweeper import Pulse, sweep
from service.runs import finish, recover
from service.runs.admission import AcceptTransaction
from service.runs.batch import Batch
from service.runs.entry import NewRun
from service.store.database import CommitUncertain
from service.store.heartbeat import Heartbeat
from service.store.objects import ObjectStore
from service.store.tables import deletions, deliveries, events, files, runs
from service.store.turn import DatabaseBusy
from tests.runs.conftest import Worker
from tests.support.house import Account, House
from tests.support.orders import reword_order

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about crashes"}
PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
CALLBACK = "http://127.0.0.1:9/hook"


def _submit(account: Account, values: dict[str, Any] = JOKE, **members: Any) -> str:
    return str(account.submit("generor.generators.generate", values, **members).get_json()["id"])


def _run(account: Account, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = account.get(f"/v1/runs/{run_id}").get_json()
    return run


def _die(house: House, worker: Worker) -> None:
    """The worker is dead; the sweeper has seen its heart stand still."""
    worker.heart._stopping.set()
    recover.take_over(house.context, [worker.heart.id])


def _count(house: House, table: Any, *where: Any) -> int:
    with house.context.database.read() as db:
        return int(db.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def test_a_doorbell_that_was_never_rung_is_not_needed(house: House) -> None:
    account = house.account()
    house.bell.lanes, lanes = {}, house.bell.lanes
    try:
        assert account.ended(_submit(account))["status"] == "completed"
    finally:
        house.bell.lanes = lanes


def test_a_claim_whose_worker_died_before_anything_is_taken_over(
    idle_house: House, account: Account, workers: Callable[[], Worker]
) -> None:
    run_id, dead, heir = _submit(account), workers(), workers()
    assert [claimed.run_id for claimed in dead.claim()] == [run_id]
    _die(idle_house, dead)
    heir.work()
    assert (_run(account, run_id)["status"], account.charges(run_id)) == ("completed", [1])


def test_files_of_a_claim_that_never_finished_are_deleted(
    idle_house: House, account: Account, workers: Callable[..., Worker]
) -> None:
    run_id, dead, heir = _submit(account, PICTURE), workers("medium"), workers("medium")
    dead.advance(dead.claim()[0])
    _die(idle_house, dead)
    heir.work()
    delete_objects(idle_house.context.database, idle_house.context.objects)
    stored = sorted(path.name for path in (idle_house.settings.data_dir / "storage/objects" / run_id).iterdir())
    assert stored == ["3"], "the objects of the claim that finished, and of no other"
    (image,) = _run(account, run_id)["output"]["creations"]
    assert idle_house.client.get(image["image_url"].removeprefix("http://genhook.test")).status_code == 200


def test_a_late_result_is_dropped(idle_house: House, account: Account, workers: Callable[[], Worker]) -> None:
    run_id, late, heir = _submit(account), workers(), workers()
    outcome = late.advance(late.claim()[0])
    _die(idle_house, late)
    heir.work()
    output = _run(account, run_id)["output"]
    late.commit(outcome)
    assert (_run(account, run_id)["output"], account.charges(run_id)) == (output, [1])
    account.balance()


def test_a_result_that_comes_after_the_cancel_is_dropped(account: Account, workers: Callable[[], Worker]) -> None:
    run_id, worker = _submit(account, callback_url=CALLBACK), workers()
    outcome = worker.advance(worker.claim()[0])
    assert account.post(f"/v1/runs/{run_id}/cancel").status_code == 200
    worker.commit(outcome)
    assert (_run(account, run_id)["status"], account.charges(run_id)) == ("canceled", [])
    assert account.balance()["held"] == 0
    (delivery,) = account.get(f"/v1/runs/{run_id}/deliveries").get_json()["data"]
    assert delivery["event"] == "run.canceled"


def test_a_run_that_kills_every_worker_fails_at_the_third_and_is_released(
    idle_house: House, account: Account, workers: Callable[[], Worker]
) -> None:
    run_id = _submit(account, callback_url=CALLBACK)
    for _ in range(3):
        worker = workers()
        assert len(worker.claim()) == 1
        _die(idle_house, worker)
    run = _run(account, run_id)
    assert (run["status"], run["error"]["code"], run["credits_charged"]) == ("failed", "lost", 0)
    assert account.balance()["held"] == 0
    assert workers().claim() == []


def test_a_run_that_was_lost_is_claimed_alone(
    idle_house: House, account: Account, workers: Callable[[], Worker]
) -> None:
    lost, dead = _submit(account), workers()
    dead.claim()
    _submit(account)
    _die(idle_house, dead)
    assert [claimed.run_id for claimed in workers().claim()] == [lost]


def test_a_finish_whose_output_cannot_be_worded_fails_the_run_and_tells_once(
    account: Account, workers: Callable[[], Worker]
) -> None:
    run_id, worker = _submit(account, callback_url=CALLBACK), workers()
    outcome = worker.advance(worker.claim()[0])

    def broken(api: str, order: Any, made: Any) -> Any:
        raise RuntimeError("cut in half")

    finish.commit(worker.house.context, [outcome], broken)
    run = _run(account, run_id)
    assert (run["status"], run["error"]["code"], run["credits_charged"]) == ("failed", "internal", 0)
    assert account.charges(run_id) == []
    assert _count(worker.house, events, events.c.run_id == run_id) == 1
    assert _count(worker.house, deliveries, deliveries.c.run_id == run_id) == 1
    assert _count(worker.house, files, files.c.run_id == run_id) == 0


def test_one_result_that_cannot_be_stored_holds_no_neighbour_back(
    account: Account, workers: Callable[[], Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = workers()
    bad, good = _submit(account), _submit(account, JOKE | {"prompt": "Another joke"})
    outcomes = [worker.advance(claimed) for claimed in worker.claim()]
    from service.operations import handlers

    def sometimes(api: str, order: Any, made: Any) -> Any:
        if made.run_id == bad:
            raise RuntimeError("this one")
        return handlers.present(api, order, made)

    finish.commit(worker.house.context, outcomes, sometimes)
    assert (_run(account, bad)["status"], _run(account, good)["status"]) == ("failed", "completed")
    account.balance()


def test_a_database_that_is_busy_at_the_finish_is_waited_for(account: Account, workers: Callable[[], Worker]) -> None:
    run_id, worker = _submit(account), workers()
    database = worker.house.context.database
    if not database.sqlite:
        pytest.skip("PostgreSQL has no single writer to wait for")
    outcome = worker.advance(worker.claim()[0])
    other = sqlite3.connect(
        worker.house.settings.data_dir / "genhook.db", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(1.0, lambda: other.execute("COMMIT")).start()
    worker.commit(outcome)
    assert _run(account, run_id)["status"] == "completed"
    other.close()


@pytest.mark.parametrize(
    "failure",
    [
        DatabaseBusy(20),
        CommitUncertain("the connection was lost"),
        OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked")),
    ],
    ids=["held by another process", "perhaps committed", "locked"],
)
def test_a_result_waits_for_a_database_that_can_not_be_written(
    account: Account, workers: Callable[[], Worker], monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr(finish, "AGAIN_S", 0.01)
    worker, database = workers(), account.house.context.database
    run_ids = [_submit(account), _submit(account, JOKE | {"prompt": "Another joke"})]
    outcomes = [worker.advance(claimed) for claimed in worker.claim()]
    write, tries = database.write, []

    def away(work: Callable[..., Any]) -> Any:
        if threading.current_thread() is threading.main_thread() and len(tries) < 3:
            tries.append(1)
            raise failure
        return write(work)

    monkeypatch.setattr(database, "write", away)
    worker.commit(*outcomes)
    assert [_run(account, run_id)["status"] for run_id in run_ids] == ["completed", "completed"]
    assert [account.charges(run_id) for run_id in run_ids] == [[1], [1]]


def test_a_claim_whose_answer_was_lost_is_not_kept_by_its_live_worker(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "LOOK_S", 0.05)
    real, lost = lanes.claim, []

    def uncertain(*given: Any) -> Any:
        claims = real(*given)
        if claims and not lost:
            lost.append(claims[0].run_id)
            raise CommitUncertain("the connection was lost")
        return claims

    monkeypatch.setattr(lanes, "claim", uncertain)
    account = house.account()
    run = account.ended(_submit(account))
    assert (lost, run["status"]) == ([run["id"]], "completed")
    assert account.charges(run["id"]) == [1]


def test_a_step_without_a_temporary_folder_waits_for_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals: list[int] = []

    def refused(*_given: Any, **_named: Any) -> Any:
        refusals.append(1)
        raise OSError(errno.EROFS, "Read-only file system")

    account = house.account()
    with monkeypatch.context() as unwritable:
        unwritable.setattr(house.context.scratch, "new", refused)
        run_id = _submit(account, PICTURE)
        house.until(lambda: refusals)
    _completes_charged_once(account, run_id)


def test_a_full_disk_holds_a_result_up_and_charges_it_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals: list[int] = []

    def full(self: ObjectStore, key: str, source: Path) -> int:
        refusals.append(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    account = house.account()
    with monkeypatch.context() as unwritable:
        unwritable.setattr(ObjectStore, "put", full)
        run_id = _submit(account, PICTURE)
        house.until(lambda: refusals)
        assert account.charges(run_id) == []
    _completes_charged_once(account, run_id)


def _completes_charged_once(account: Account, run_id: str) -> None:
    run = account.ended(run_id)
    assert run["status"] == "completed"
    assert account.charges(run_id) == [run["credits_charged"]]
    assert account.balance()["held"] == 0


def test_an_order_of_a_newer_deploy_is_left_to_that(
    idle_house: House, account: Account, workers: Callable[[], Worker]
) -> None:
    run_id = _submit(account)
    reword_order(idle_house, run_id, lambda order: order | {"version": 99})
    assert workers().claim() == []
    run = _run(account, run_id)
    assert (run["status"], run["started_at"]) == ("queued", None)
    with idle_house.context.database.read() as db:
        row = db.execute(select(runs.c.slot, runs.c.wake_at)).one()
    assert row.slot == "ready"
    assert row.wake_at > time.time() * 1000 + 10_000


def test_a_run_over_its_time_limit_ends_as_timed_out_and_is_released(idle_house: House, account: Account) -> None:
    run_id = _submit(account)
    idle_house.context.database.write(lambda db: db.execute(update(runs).values(deadline=1)))
    recover.time_out(idle_house.context)
    run = _run(account, run_id)
    assert (run["status"], run["error"]["code"]) == ("failed", "timed_out")
    assert account.balance()["held"] == 0


def test_steps_of_the_wall_clock_kill_no_worker() -> None:
    moment = [0.0]
    pulse = Pulse(clock=lambda: moment[0])
    assert pulse.dead({"a": 1}) == []
    moment[0] = 7.9
    assert pulse.dead({"a": 1}) == []
    moment[0] = 8.0
    assert pulse.dead({"a": 1, "b": 1}) == ["a"]
    assert pulse.dead({"a": 2, "b": 1}) == []


def test_a_worker_whose_heart_stands_still_is_taken_over_by_the_sweeper(
    idle_house: House, account: Account, workers: Callable[[], Worker]
) -> None:
    run_id, dead, moment = _submit(account), workers(), [0.0]
    dead.claim()
    dead.heart._stopping.set()
    dead.heart._thread.join()
    pulse = Pulse(clock=lambda: moment[0])
    sweep(idle_house.context, pulse)
    moment[0] = 9.0
    sweep(idle_house.context, pulse)
    workers().work()
    assert _run(account, run_id)["status"] == "completed"


def test_a_sweeper_that_could_not_write_judges_nobody() -> None:
    moment = [0.0]
    pulse = Pulse(clock=lambda: moment[0])
    assert pulse.dead({"a": 1}) == []
    moment[0] = 24.0
    pulse.forget()
    assert pulse.dead({"a": 1}) == []
    moment[0] = 32.0
    assert pulse.dead({"a": 1}) == ["a"]


def test_what_is_over_its_time_ends_though_taking_over_fails(
    idle_house: House, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> Any:
        raise RuntimeError("one run can't be taken over")

    run_id, moment = _submit(account), [0.0]
    pulse = Pulse(clock=lambda: moment[0])
    stopped = Heartbeat(idle_house.context.database, "worker")
    stopped.start()
    stopped._stopping.set()
    stopped._thread.join()
    monkeypatch.setattr(recover, "take_over", broken)
    sweep(idle_house.context, pulse)
    idle_house.context.database.write(lambda db: db.execute(update(runs).values(deadline=1)))
    moment[0] = 9.0
    sweep(idle_house.context, pulse)
    assert _run(account, run_id)["error"]["code"] == "timed_out"


def test_a_deletion_that_failed_half_way_is_done_at_the_next_round(
    idle_house: House, account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    objects = idle_house.context.objects
    source = tmp_path / "x"
    source.write_bytes(b"x")
    for name in ("objects/a/1/0", "objects/a/1/1"):
        objects.put(name, source)
        idle_house.context.database.write(
            lambda db, name=name: db.execute(deletions.insert().values(object=name, created_at=1))
        )
    real, calls = ObjectStore.delete, []

    def once_broken(self: ObjectStore, key: str) -> None:
        calls.append(key)
        if len(calls) == 2:
            raise OSError("the storage is away")
        real(self, key)

    monkeypatch.setattr(ObjectStore, "delete", once_broken)
    delete_objects(idle_house.context.database, idle_house.context.objects)
    assert _count(idle_house, deletions) == 1
    delete_objects(idle_house.context.database, idle_house.context.objects)
    assert _count(idle_house, deletions) == 0
    for name in ("objects/a/1/0", "objects/a/1/1"):
        with pytest.raises(FileNotFoundError):
            objects.size(name)


def test_a_fault_of_one_accept_is_paid_by_no_neighbour(
    idle_house: House, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = AcceptTransaction.enter_all

    def enter(self: Any, db: Any, batch: Batch, entries: Sequence[NewRun]) -> Any:
        answers = really(self, db, batch, entries)
        if any(made.submission.input["prompt"] == "3" for made in entries):
            raise ZeroDivisionError
        return answers

    monkeypatch.setattr(AcceptTransaction, "enter_all", enter)
    action = "generor.generators.generate"
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda number: account.submit(action, {**JOKE, "prompt": str(number)}), range(12)))
    assert [answer.status_code for answer in answers] == [202] * 3 + [500] + [202] * 8
    assert _count(idle_house, runs) == 11
    assert account.balance()["held"] == 11


def test_claims_are_fair_between_accounts(idle_house: House, workers: Callable[[], Worker]) -> None:
    eager, modest = idle_house.account(), idle_house.account()
    for _ in range(6):
        _submit(eager)
    wanted = _submit(modest)
    first_two = [claimed.run_id for claimed in workers().claim(2)]
    assert wanted in first_two, "who comes with one run does not wait behind six of another"
