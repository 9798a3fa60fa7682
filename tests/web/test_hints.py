"""Webhooks of providers: they have a run looked at sooner, and are believed in nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from service import providers
from service.config import ProviderSettings
from service.generation.hints import Hints
from service.generation.paid import Waiting
from service.operations import handlers
from service.providers.base import Access
from service.runs import finish
from service.runs.finish import Outcome
from service.store.clock import now
from service.store.tables import runs
from tests.fakes.byteplus import FakeBytePlus
from tests.fakes.fal import FakeFal
from tests.fakes.kie import WEBHOOK_KEY, FakeKie
from tests.fakes.provider import KEY, FakeProvider, Job, Request
from tests.fakes.replicate import FakeReplicate
from tests.generation.steps import claimed, ended, step
from tests.support.house import Account, House

ACTION = "flixly.media.generate"
PUBLIC_URL = "http://127.0.0.1:8000"
MODELS = {
    FakeFal: "flux-dev",
    FakeReplicate: "flux-schnell",
    FakeKie: "nano-banana-2-kie",
    FakeBytePlus: "dreamina-seedance-2-480p",
}
SIGNED = [FakeFal, FakeReplicate, FakeKie]
HOUR_MS = 3_600_000


@dataclass
class Asleep:
    """A run that is sent and is not looked at again for an hour."""

    house: House
    account: Account
    fake: FakeProvider
    run_id: str

    @property
    def job(self) -> Job:
        (job,) = self.fake.jobs.values()
        return job

    @property
    def address(self) -> str:
        """The path that the provider was told, of this service."""
        told = self.fake.hint_in(_submission(self.fake))
        assert told is not None
        assert told.startswith(PUBLIC_URL)
        return urlsplit(told).path

    def post(self, headers: dict[str, str], body: bytes, address: str | None = None) -> int:
        return self.house.client.post(address or self.address, data=body, headers=headers).status_code

    def is_due(self) -> bool:
        with self.house.context.database.read() as db:
            return bool(db.execute(select(runs.c.wake_at).where(runs.c.id == self.run_id)).scalar_one() <= now())


def _submission(fake: FakeProvider) -> Request:
    return next(request for request in fake.requests if request.method == "POST")


@pytest.fixture(params=MODELS)
def fake(request: pytest.FixtureRequest) -> Iterator[FakeProvider]:
    made: FakeProvider = request.param()
    made.makes = "video" if isinstance(made, FakeBytePlus) else "image"
    made.polls = 1
    yield made
    made.close()


@pytest.fixture
def asleep(houses: Callable[..., House], fake: FakeProvider, tmp_path: Path) -> Asleep:
    return _put_to_sleep(houses, fake, tmp_path)


def _put_to_sleep(houses: Callable[..., House], fake: FakeProvider, tmp_path: Path) -> Asleep:
    key = WEBHOOK_KEY if isinstance(fake, FakeKie) else None
    settings = {fake.name: ProviderSettings(KEY, fake.base_url, key)}
    house = houses(providers=settings, public_url=PUBLIC_URL)
    account = house.account()
    run_id = _submitted(account, MODELS[type(fake)])
    one = claimed(house)
    waiting = step(house, one, tmp_path)
    assert isinstance(waiting, Waiting)
    finish.commit(house.context, [Outcome(one, waiting)], handlers.present)
    later = update(runs).where(runs.c.id == run_id).values(wake_at=now() + HOUR_MS)
    house.context.database.write(lambda db: db.execute(later))
    return Asleep(house, account, fake, run_id)


def _submitted(account: Account, model: str) -> str:
    return str(account.submit(ACTION, {"model": model, "prompt": "a red fox"}).get_json()["id"])


def test_a_webhook_has_the_provider_asked_at_once_and_a_duplicate_changes_nothing(asleep: Asleep) -> None:
    asleep.job.polls = 0
    headers, body = asleep.fake.webhook(asleep.job)
    assert asleep.post(headers, body) == 204
    assert asleep.is_due()
    assert asleep.post(headers, body) == 204
    asleep.house.work()
    run = ended(asleep.account, asleep.run_id)
    assert run["status"] == "completed", run["error"]
    assert asleep.post(headers, body) == 204
    assert asleep.fake.submissions == 1
    assert asleep.account.charges(asleep.run_id) == [run["estimate"]["credits"]]
    assert asleep.account.get(f"/v1/runs/{asleep.run_id}").get_json() == run


def test_what_a_webhook_says_is_not_believed(asleep: Asleep) -> None:
    asleep.job.polls, asleep.job.end = 0, "failed"
    headers, body = asleep.fake.webhook(asleep.job)
    asleep.job.end = "made"
    assert asleep.post(headers, body) == 204
    asleep.house.work()
    assert ended(asleep.account, asleep.run_id)["status"] == "completed"


@pytest.mark.parametrize("fake", SIGNED, indirect=True)
def test_a_badly_signed_webhook_changes_nothing(asleep: Asleep) -> None:
    asleep.job.polls = 0
    headers, body = asleep.fake.webhook(asleep.job)
    forged = {name: "0" * len(value) if "signature" in name.lower() else value for name, value in headers.items()}
    assert asleep.post(forged, body) == 401
    assert asleep.post({}, body) == 401
    assert asleep.post(headers, b"") == 401
    assert not asleep.is_due()


@pytest.mark.parametrize("fake", SIGNED, indirect=True)
def test_a_webhook_signed_with_another_key_changes_nothing(asleep: Asleep, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep.job.polls = 0
    stranger = type(asleep.fake)()
    with monkeypatch.context() as patch:
        patch.setattr("tests.fakes.kie.WEBHOOK_KEY", "another")
        patch.setattr("tests.fakes.replicate.WEBHOOK_SECRET", "whsec_YW5vdGhlcg==")
        headers, body = stranger.webhook(asleep.job)
    stranger.close()
    assert asleep.post(headers, body) == 401
    assert not asleep.is_due()


@pytest.mark.parametrize("fake", [FakeFal, FakeReplicate], indirect=True)
def test_a_webhook_of_long_ago_changes_nothing(asleep: Asleep) -> None:
    asleep.job.polls = 0
    headers, body = asleep.fake.webhook(asleep.job, age_s=3600)
    assert asleep.post(headers, body) == 401
    assert not asleep.is_due()


@pytest.mark.parametrize("fake", [FakeBytePlus], indirect=True)
def test_work_that_the_provider_has_not_taken_is_not_offered_sooner(
    houses: Callable[..., House], fake: FakeProvider, tmp_path: Path
) -> None:
    fake.trouble("limit", 60)
    waiting = _put_to_sleep(houses, fake, tmp_path)
    assert waiting.post({}, b"{}") == 204
    assert not waiting.is_due()
    assert fake.submissions == 0


def test_another_runs_address_or_a_guessed_one_is_none(asleep: Asleep) -> None:
    headers, body = asleep.fake.webhook(asleep.job)
    before, _, signature = asleep.address.rpartition(".")
    assert asleep.post(headers, body, f"{before}.{'0' * len(signature)}") == 404
    assert asleep.post(headers, body, before) == 404
    assert asleep.post(headers, body, asleep.address.replace(asleep.fake.name, "google")) == 404
    assert not asleep.is_due()


def test_where_kies_webhooks_are_not_signed_its_knowing_the_address_is_trusted() -> None:
    assert providers.open("kie", Access(KEY)).heard({}, b"{}")
    assert not providers.open("kie", Access(KEY, None, WEBHOOK_KEY)).heard({}, b"{}")


@pytest.mark.parametrize("public_url", ["", "http://genhook.example", "http://10.0.0.7:8000"])
def test_no_address_is_told_where_the_provider_cannot_reach_it(
    houses: Callable[..., House], fake: FakeProvider, tmp_path: Path, public_url: str
) -> None:
    house = houses(providers={fake.name: ProviderSettings(KEY, fake.base_url)}, public_url=public_url)
    _submitted(house.account(), MODELS[type(fake)])
    assert isinstance(step(house, claimed(house), tmp_path), Waiting)
    assert fake.hint_in(_submission(fake)) is None


def test_https_is_told_to_every_provider_and_loopback_to_none_of_the_real_ones(house: House) -> None:
    real = {name: providers.open(name, Access(KEY)) for name in providers.names()}
    told = {name: Hints(house.context.vault, "https://genhook.example/").url(one, "r") for name, one in real.items()}
    assert {name for name, url in told.items() if url} == {fake.name for fake in MODELS}
    assert told["fal"].startswith("https://genhook.example/providers/fal/webhooks/r.")
    assert not any(Hints(house.context.vault, PUBLIC_URL).url(one, "r") for one in real.values())
