"""Canceling paid work, at every provider: before, during and after the paid call, and where the stop is confirmed."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service import providers
from service.accounts.credits import charge_note
from service.catalog import load
from service.config import ProviderSettings
from service.generation import cancel_upstream
from service.generation.paid import Waiting
from service.runs import cancel
from service.runs.recover import take_over_orphans, time_out
from service.store.clock import now
from service.store.tables import creations, events, generations, runs
from tests.fakes.provider import KEY, FakeProvider
from tests.generation.steps import claimed, ended, step
from tests.generation.test_originals import THUMBNAIL
from tests.generation.test_paid import byok
from tests.providers.conformance import Conformance
from tests.support.house import Account, House

REAL = sorted(name for name in providers.names() if providers.get(name).paid)
LISTENING = {"callback_url": "http://127.0.0.1:9/hook"}


def fake_of(name: str) -> FakeProvider:
    module = importlib.import_module(f"tests.providers.test_{name}")
    (suite,) = (
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Conformance) and member is not Conformance
    )
    return suite.fake_class()


@pytest.fixture(params=REAL)
def fake(request: pytest.FixtureRequest) -> Iterator[FakeProvider]:
    fake = fake_of(request.param)
    fake.polls = 10_000
    yield fake
    fake.close()


@pytest.fixture
def fal() -> Iterator[FakeProvider]:
    fake = fake_of("fal")
    fake.polls = 10_000
    yield fake
    fake.close()


def paying(houses: Callable[..., House], fake: FakeProvider) -> Account:
    return houses(providers={fake.name: ProviderSettings(KEY, fake.base_url)}).account()


def queued(buyer: Account, fake: FakeProvider, **values: Any) -> str:
    model = next(model for model in load().models("image") if model.provider == fake.name)
    wanted = {"model": model.key, "prompt": "a red fox", **values}
    return str(buyer.submit("flixly.media.generate", wanted, **LISTENING).get_json()["id"])


def canceled(buyer: Account, run_id: str) -> Any:
    """Ask for the cancel of a run that was sent: it goes on for now."""
    answer = buyer.post(f"/v1/runs/{run_id}/cancel")
    run = answer.get_json()
    assert (answer.status_code, run["status"]) == (202, "running")
    assert run["cancel_requested_at"]
    return run


def told(buyer: Account, run_id: str) -> list[str]:
    with buyer.house.context.database.read() as db:
        return list(db.execute(select(events.c.type).where(events.c.run_id == run_id)).scalars())


def settles(buyer: Account, run_id: str, charged: bool) -> None:
    """It ends as canceled once, with one event, charged in full or not at all, and says which."""
    run = ended(buyer, run_id)
    credits = run["estimate"]["credits"] if charged else 0
    assert (run["status"], run["error"]["code"], run["credits_charged"]) == ("canceled", "canceled", credits)
    assert (charge_note(credits) if charged else "nothing was charged") in run["error"]["message"]
    assert sum(buyer.charges(run_id)) == credits
    assert buyer.balance() == {"total": 10_000 - credits, "held": 0}
    assert told(buyer, run_id) == ["run.canceled"]
    assert buyer.post(f"/v1/runs/{run_id}/cancel").status_code == 409


def test_before_the_paid_call_it_is_released_at_once(houses: Callable[..., House], fake: FakeProvider) -> None:
    buyer = paying(houses, fake)
    run_id = queued(buyer, fake)

    assert buyer.post(f"/v1/runs/{run_id}/cancel").get_json()["status"] == "canceled"
    buyer.house.work()

    settles(buyer, run_id, charged=False)
    assert fake.submissions == 0


def test_during_the_paid_call_it_is_charged(
    houses: Callable[..., House], fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancel_upstream, "TICKET_S", 0.5)
    buyer = paying(houses, fake)
    fake.begun = True
    fake.pause()
    run_id = queued(buyer, fake)
    buyer.house.work()
    buyer.house.until(lambda: fake.submissions == 1)

    canceled(buyer, run_id)

    settles(buyer, run_id, charged=True)
    fake.resume()
    assert fake.submissions == 1


def test_after_the_paid_call_it_is_charged(houses: Callable[..., House], fake: FakeProvider) -> None:
    buyer = paying(houses, fake)
    if "work_that_was_begun_is_perhaps_billed" in fake.lacks or fake.name == "byteplus":
        pytest.skip("its pictures are made in the paid call itself")
    fake.begun = True
    run_id = queued(buyer, fake)
    buyer.house.work()
    buyer.house.until(lambda: fake.submissions == 1)
    buyer.house.until(lambda: buyer.get(f"/v1/runs/{run_id}").get_json()["progress"] > 0)

    canceled(buyer, run_id)

    settles(buyer, run_id, charged=True)
    assert fake.submissions == 1


def test_where_the_provider_confirms_the_stop_it_is_released(houses: Callable[..., House], fake: FakeProvider) -> None:
    buyer = paying(houses, fake)
    if "work_can_be_stopped" in fake.lacks or fake.name == "byteplus":
        pytest.skip("its pictures can't be stopped")
    run_id = queued(buyer, fake)
    buyer.house.work()
    buyer.house.until(lambda: fake.submissions == 1)

    canceled(buyer, run_id)

    settles(buyer, run_id, charged=False)
    assert [job.canceled for job in fake.jobs.values()] == [True]


def test_canceling_over_and_over_drains_no_provider(houses: Callable[..., House], fal: FakeProvider) -> None:
    buyer = paying(houses, fal)
    fal.begun = True
    buyer.house.work()
    for number in range(3):
        run_id = queued(buyer, fal)
        buyer.house.until(lambda wanted=number + 1: fal.submissions == wanted)  # type: ignore[misc]
        canceled(buyer, run_id)
        ended(buyer, run_id)

    assert fal.submissions == 3
    assert buyer.balance()["total"] == 10_000 - 3 * buyer.get(f"/v1/runs/{run_id}").get_json()["estimate"]["credits"]


def test_the_calls_that_were_sent_are_charged_and_no_other_is_sent(
    houses: Callable[..., House], fal: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = paying(houses, fal)
    fal.begun = True
    values = {"slug": "image", "model_id": 10007, "prompt": "a red fox", "count": 3}
    run_id = str(buyer.submit("generor.generators.generate", values, **LISTENING).get_json()["id"])
    real = providers.get("fal").submit

    def one_then_cancel(*given: Any) -> Any:
        ticket = real(*given)
        canceled(buyer, run_id)
        return ticket

    monkeypatch.setattr(providers.get("fal"), "submit", one_then_cancel)
    step(buyer.house, claimed(buyer.house), tmp_path)
    buyer.house.work()

    run = ended(buyer, run_id)
    assert fal.submissions == 1
    assert 0 < run["credits_charged"] < run["estimate"]["credits"]
    assert charge_note(run["credits_charged"]) in run["error"]["message"]


def test_an_own_key_is_charged_nothing(houses: Callable[..., House], fal: FakeProvider) -> None:
    buyer = houses().account()
    byok(buyer.house, buyer, fal)  # type: ignore[arg-type]
    fal.begun = True
    run_id = queued(buyer, fal)
    buyer.house.work()
    buyer.house.until(lambda: fal.submissions == 1)

    canceled(buyer, run_id)

    settles(buyer, run_id, charged=False)


def test_asking_twice_is_one_cancel(houses: Callable[..., House], fal: FakeProvider, tmp_path: Path) -> None:
    buyer = paying(houses, fal)
    run_id = queued(buyer, fal)
    assert isinstance(step(buyer.house, claimed(buyer.house), tmp_path), Waiting)

    first, second = canceled(buyer, run_id), canceled(buyer, run_id)
    buyer.house.work()

    assert first["cancel_requested_at"] == second["cancel_requested_at"]
    settles(buyer, run_id, charged=False)


def test_a_worker_that_dies_while_it_cancels_leaves_it_to_the_next(
    houses: Callable[..., House], fal: FakeProvider, tmp_path: Path
) -> None:
    buyer = paying(houses, fal)
    fal.begun = True
    run_id = queued(buyer, fal)
    step(buyer.house, claimed(buyer.house), tmp_path)
    canceled(buyer, run_id)
    assert claimed(buyer.house).cancel_requested_at
    for _ in range(3):
        # However often: what was canceled is never lost.
        take_over_orphans(buyer.house.context)
    buyer.house.work()

    settles(buyer, run_id, charged=True)


def test_a_cancel_that_no_worker_ends_is_ended_by_the_sweeper(
    houses: Callable[..., House], fal: FakeProvider, tmp_path: Path
) -> None:
    buyer = paying(houses, fal)
    run_id = queued(buyer, fal)
    step(buyer.house, claimed(buyer.house), tmp_path)
    canceled(buyer, run_id)
    cancel.end_overdue(buyer.house.context)
    assert buyer.get(f"/v1/runs/{run_id}").get_json()["status"] == "running"

    age(buyer, run_id)
    time_out(buyer.house.context)
    cancel.end_overdue(buyer.house.context)
    cancel.end_overdue(buyer.house.context)

    settles(buyer, run_id, charged=True)


def age(buyer: Account, run_id: str) -> None:
    """The cancel was asked for half a minute ago, and the run's own time is over."""
    then = now() - 30_000
    late = update(runs).where(runs.c.id == run_id).values(cancel_requested_at=then, deadline=then)
    buyer.house.context.database.write(lambda db: db.execute(late))


def test_a_time_out_releases(houses: Callable[..., House], fal: FakeProvider, tmp_path: Path) -> None:
    buyer = paying(houses, fal)
    run_id = queued(buyer, fal)
    step(buyer.house, claimed(buyer.house), tmp_path)
    late = update(runs).where(runs.c.id == run_id).values(deadline=now() - 1)
    buyer.house.context.database.write(lambda db: db.execute(late))

    time_out(buyer.house.context)

    run = ended(buyer, run_id)
    assert (run["error"]["code"], run["credits_charged"], buyer.balance()["held"]) == ("timed_out", 0, 0)


@pytest.mark.parametrize(
    ("action", "values", "deletes"),
    [
        ("flokan.thumbnails.generate", THUMBNAIL, "/api/v1/thumbnail-generator/generations/{}"),
        ("generor.generators.generate", {"slug": "image", "model_id": 10007, "prompt": "fox"}, "/api/v1/creations/{}"),
    ],
)
def test_deleting_what_is_being_made_cancels_it_the_same_way(
    houses: Callable[..., House], action: str, values: dict[str, Any], deletes: str, tmp_path: Path
) -> None:
    model = load().thumbnail_model("standard", "platform").model if action.startswith("flokan") else None
    fake = fake_of("fal" if model is None else model.provider)
    try:
        deleted_while_made(houses, fake, action, values, deletes)
    finally:
        fake.close()


def deleted_while_made(
    houses: Callable[..., House], fake: FakeProvider, action: str, values: dict[str, Any], deletes: str
) -> None:
    fake.polls, fake.begun = 10_000, True
    fake.pause()
    buyer = paying(houses, fake)
    run_id = str(buyer.submit(action, values, **LISTENING).get_json()["id"])
    buyer.house.work()
    buyer.house.until(lambda: fake.submissions == 1)

    api, _, _ = action.partition(".")
    answer = buyer.call("DELETE", deletes.format(made_by(buyer, run_id, api)), api=api)

    assert answer.status_code == 200
    assert buyer.get(f"/v1/runs/{run_id}").get_json()["cancel_requested_at"]
    fake.resume()
    assert sum(buyer.charges(ended(buyer, run_id)["id"])) > 0
    assert told(buyer, run_id) == ["run.canceled"]


def made_by(buyer: Account, run_id: str, api: str) -> Any:
    table = generations if api == "flokan" else creations
    with buyer.house.context.database.read() as db:
        return db.execute(select(table.c.id).where(table.c.run_id == run_id)).scalars().first()


def test_no_run_is_left_canceling(houses: Callable[..., House], fal: FakeProvider) -> None:
    buyer = paying(houses, fal)
    run_ids = [queued(buyer, fal) for _ in range(4)]
    buyer.house.work()
    buyer.house.until(lambda: fal.submissions == 4)
    for run_id in run_ids:
        canceled(buyer, run_id)
    for run_id in run_ids:
        ended(buyer, run_id)

    with buyer.house.context.database.read() as db:
        left = select(func.count()).where(runs.c.slot != "ended")
        assert db.execute(left).scalar_one() == 0
