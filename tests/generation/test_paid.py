"""Paid work: sent once whatever dies in between, found again by its ticket, charged once or not at all."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from service.config import ProviderSettings
from service.providers.adapters.fal import Fal
from service.providers.base import Ticket
from service.runs.intents import IntentLog
from service.runs.recover import take_over_orphans
from service.store.clock import now
from service.store.tables import events, intents, provider_keys, runs
from tests.fakes.fal import FakeFal
from tests.fakes.kie import FakeKie
from tests.fakes.provider import KEY
from tests.generation.steps import Death, claimed, dying, ended, step
from tests.support.house import Account, House
from tests.support.orders import reword_order

ACTION = "flixly.media.generate"
FOX = {"model": "flux-dev", "prompt": "a red fox"}


@pytest.fixture
def fake() -> Iterator[FakeFal]:
    fake = FakeFal()
    yield fake
    fake.close()


@pytest.fixture
def paying(houses: Callable[..., House], fake: FakeFal) -> House:
    """A Genhook with the platform's own key for fal, in which nobody works yet."""
    return houses(providers={"fal": ProviderSettings(KEY, fake.base_url)})


@pytest.fixture
def buyer(paying: House) -> Account:
    return paying.account()


def queued(account: Account, values: dict[str, Any] = FOX) -> str:
    """A run that is accepted and not yet worked on."""
    return str(account.submit(ACTION, values).get_json()["id"])


def test_a_run_on_the_platforms_key_is_made_once_and_charged_once(paying: House, buyer: Account, fake: FakeFal) -> None:
    paying.work()
    run = ended(buyer, queued(buyer))
    assert run["status"] == "completed"
    assert run["output"]["provider_used"] == "fal"
    assert run["output"]["sandbox"] is False
    assert fake.submissions == 1
    assert buyer.charges(run["id"]) == [run["estimate"]["credits"]]


def test_a_death_before_the_post_sends_nothing_on_its_own(
    paying: House, buyer: Account, fake: FakeFal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = queued(buyer)

    def die(*_: Any) -> None:
        raise Death

    dying(monkeypatch, Fal, "submit", die, lambda: step(paying, claimed(paying), tmp_path))
    take_over_orphans(paying.context)
    paying.work()

    assert ended(buyer, run_id)["error"]["code"] == "outcome_unknown"
    assert fake.submissions == 0


def test_a_provider_that_can_be_asked_settles_what_was_perhaps_sent(
    paying: House, buyer: Account, fake: FakeFal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, sent = queued(buyer), []

    def die(_: Any, __: int, ticket: Ticket) -> None:
        sent.append(ticket)
        raise Death

    dying(monkeypatch, IntentLog, "receive", die, lambda: step(paying, claimed(paying), tmp_path))
    monkeypatch.setattr(Fal, "find", lambda _, task: sent[0] if task.intent == f"{run_id}.0" else None)
    take_over_orphans(paying.context)
    paying.work()

    assert ended(buyer, run_id)["status"] == "completed"
    assert fake.submissions == 1
    assert len(buyer.charges(run_id)) == 1


def test_a_late_worker_sends_nothing(paying: House, buyer: Account, fake: FakeFal, tmp_path: Path) -> None:
    run_id = queued(buyer)
    late = claimed(paying)
    buyer.post(f"/v1/runs/{run_id}/cancel")
    with pytest.raises(Exception, match="ended"):
        step(paying, late, tmp_path)
    assert fake.submissions == 0


def test_a_429_is_offered_again_and_sent_once(paying: House, buyer: Account, fake: FakeFal) -> None:
    fake.trouble("limit", 0.2, times=2)
    run_id = queued(buyer)
    paying.work()
    assert ended(buyer, run_id)["status"] == "completed"
    assert fake.submissions == 1


@pytest.mark.parametrize(
    ("trouble", "code", "status"),
    [
        ("refused", "refused_by_provider", 422),
        ("no_credit", "provider_error", 500),
        ("failed", "provider_error", 500),
        ("drop", "outcome_unknown", 500),
    ],
)
def test_each_refusal_is_one_clear_error_and_costs_nothing(
    paying: House, buyer: Account, fake: FakeFal, trouble: str, code: str, status: int
) -> None:
    fake.trouble(trouble)
    run_id, before = queued(buyer), buyer.balance()["total"]
    paying.work()
    error = ended(buyer, run_id)["error"]
    assert (error["code"], error["status"]) == (code, status)
    assert error["provider"]["name"] == "fal"
    assert error["provider"]["message"]
    assert buyer.balance() == {"total": before, "held": 0}


def test_progress_is_told_while_the_provider_works(paying: House, buyer: Account, fake: FakeFal) -> None:
    fake.polls = 2
    run_id = str(
        buyer.submit(
            ACTION, FOX, callback_url="http://127.0.0.1:9/hook", events=["run.progress", "run.completed"]
        ).get_json()["id"]
    )
    paying.work()
    assert ended(buyer, run_id)["progress"] == 1.0
    with paying.context.database.read() as db:
        told = list(db.execute(select(events.c.type).where(events.c.run_id == run_id)).scalars())
    assert "run.progress" in told


def test_a_canceled_run_is_stopped_at_the_provider_too(paying: House, buyer: Account, fake: FakeFal) -> None:
    fake.polls = 10_000
    run_id = queued(buyer)
    paying.work()
    paying.until(lambda: fake.submissions == 1)
    assert buyer.post(f"/v1/runs/{run_id}/cancel").status_code == 202
    paying.until(lambda: [job.canceled for job in fake.jobs.values()] == [True])

    def closed() -> bool:
        with paying.context.database.read() as db:
            return db.execute(select(intents.c.closed_at).where(intents.c.run_id == run_id)).scalar_one() is not None

    paying.until(closed)


def test_a_canceled_run_of_a_newer_version_is_stopped_at_the_provider_too(
    paying: House, buyer: Account, fake: FakeFal, tmp_path: Path
) -> None:
    fake.polls = 10_000
    run_id = queued(buyer)
    step(paying, claimed(paying), tmp_path)
    assert fake.submissions == 1
    reword_order(paying, run_id, lambda order: order | {"version": 99, "mood": "calm"})
    assert buyer.post(f"/v1/runs/{run_id}/cancel").status_code == 202

    paying.work()

    paying.until(lambda: [job.canceled for job in fake.jobs.values()] == [True])


def byok(house: House, account: Account, fake: FakeFal, key: str = KEY) -> None:
    row = {"account_id": account.id, "provider": "fal", "key": house.context.vault.encrypt(key), "enabled": True}
    row |= {"base_url": fake.base_url, "created_at": now()}
    house.context.database.write(lambda db: db.execute(insert(provider_keys), row))


def test_an_own_key_is_used_and_costs_no_credits(houses: Callable[..., House], fake: FakeFal) -> None:
    house = houses()
    account = house.account()
    byok(house, account, fake)
    house.work()
    run = ended(account, queued(account))
    assert run["output"]["provider_used"] == "fal"
    assert run["output"]["credits_used"] == 0
    assert sum(account.charges(run["id"])) == 0
    assert fake.submissions == 1


def test_an_own_key_that_was_disabled_in_the_meantime_fails_the_run(
    houses: Callable[..., House], fake: FakeFal
) -> None:
    house = houses(providers={"fal": ProviderSettings(KEY, fake.base_url)})
    account = house.account()
    byok(house, account, fake)
    run_id = queued(account)
    disabled = update(provider_keys).where(provider_keys.c.account_id == account.id).values(enabled=False)
    house.context.database.write(lambda db: db.execute(disabled))
    house.work()
    assert ended(account, run_id)["error"]["code"] == "provider_auth"
    assert fake.submissions == 0


def test_a_slow_call_holds_no_neighbour_back(
    paying: House, buyer: Account, fake: FakeFal, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, real = threading.Event(), Fal.submit

    def slow(self: Fal, task: Any, workdir: Path) -> Any:
        if task.prompt == "slow":
            held.wait(15)
        return real(self, task, workdir)

    monkeypatch.setattr(Fal, "submit", slow)
    slow_id = queued(buyer, FOX | {"prompt": "slow"})
    quick_id = queued(buyer)
    paying.work()
    assert ended(buyer, quick_id)["status"] == "completed"
    with paying.context.database.read() as db:
        assert db.execute(select(runs.c.status).where(runs.c.id == slow_id)).scalar_one() == "running"
    held.set()
    assert ended(buyer, slow_id)["status"] == "completed"


def test_items_that_are_paid_for_one_by_one_are_charged_as_far_as_they_are_made(
    paying: House, buyer: Account, fake: FakeFal
) -> None:
    fake.makes = "image"
    fake.trouble("made")
    fake.trouble("refused")
    values = {"slug": "image", "model_id": 10007, "prompt": "a red fox", "count": 2}
    run_id = str(buyer.submit("generor.generators.generate", values).get_json()["id"])
    paying.work()
    run = ended(buyer, run_id)
    assert run["status"] == "completed"
    assert fake.submissions == 2
    assert len(run["output"]["creations"]) >= 1
    (charge,) = buyer.charges(run_id)
    assert 0 < charge < run["estimate"]["credits"]


def test_the_catalogue_says_how_a_model_is_asked(paying: House, buyer: Account, fake: FakeFal) -> None:
    queued(buyer)
    order = replace(claimed(paying).order)
    assert order.task.model == "fal-ai/flux/dev"
    assert order.task.inputs["count"] == "num_images"
    assert order.provider == "fal"


def test_a_text_generators_items_come_from_one_call_and_hold_to_its_schema(houses: Callable[..., House]) -> None:
    kie = FakeKie()
    house = houses(providers={"kie": ProviderSettings(KEY, kie.base_url)})
    account = house.account()
    values = {"slug": "joke", "model_id": 52, "prompt": "cats", "count": 3}
    run_id = str(account.submit("generor.generators.generate", values).get_json()["id"])
    house.work()
    run = ended(account, run_id)
    kie.close()
    assert run["status"] == "completed"
    assert [creation["text"] for creation in run["output"]["creations"]] == ["Written."] * 3
    assert kie.submissions == 1
    assert account.charges(run_id) == [run["estimate"]["credits"]]


@pytest.mark.parametrize(("enabled", "status"), [(True, 200), (False, 422)])
def test_flokans_provider_is_the_own_key_or_nothing(
    houses: Callable[..., House], fake: FakeFal, enabled: bool, status: int
) -> None:
    house = houses()
    account = house.account()
    byok(house, account, fake)
    if not enabled:
        house.context.database.write(lambda db: db.execute(update(provider_keys).values(enabled=False)))
    values = {"video_title": "I Tried It", "prompt": "a man on a bike", "image_model": "standard", "provider": "fal"}
    values |= {"aspect_ratio": "16:9", "image_count": 1}
    house.work()
    answer = account.submit("flokan.thumbnails.generate", values, wait=20)
    assert answer.status_code == status, answer.get_json()
    assert fake.submissions == (1 if enabled else 0)
    if not enabled:
        assert "No enabled fal key" in answer.get_json()["detail"]
    else:
        run = answer.get_json()
        assert run["status"] == "completed"
        assert run["output"]["provider_used"] == "fal"
        assert sum(account.charges(run["id"])) == 0
        assert "«I Tried It»" in fake.requests[0].json["prompt"]
