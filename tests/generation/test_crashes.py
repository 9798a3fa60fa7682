"""A worker's death around a paid call, for every provider there is: one submission, and one charge or none."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service import providers
from service.catalog import load
from service.config import ProviderSettings
from service.generation.paid import Waiting
from service.runs.recover import take_over_orphans
from tests.fakes.provider import KEY, FakeProvider
from tests.generation.steps import Death, claimed, dying, ended, step
from tests.providers.conformance import Conformance
from tests.support.house import Account, House

REAL = sorted(name for name in providers.names() if providers.get(name).paid)


@pytest.fixture(params=REAL)
def fake(request: pytest.FixtureRequest) -> Iterator[FakeProvider]:
    module = importlib.import_module(f"tests.providers.test_{request.param}")
    (suite,) = (
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Conformance) and member is not Conformance
    )
    fake = suite.fake_class()
    yield fake
    fake.close()


@pytest.fixture
def paying(houses: Callable[..., House], fake: FakeProvider) -> House:
    """A Genhook with the platform's own key for the provider, in which nobody works yet."""
    return houses(providers={fake.name: ProviderSettings(KEY, fake.base_url)})


@pytest.fixture
def buyer(paying: House) -> Account:
    return paying.account()


@pytest.fixture
def run_id(buyer: Account, fake: FakeProvider) -> str:
    """A picture by the provider's first model: accepted, and not yet worked on."""
    model = next(model for model in load().models("image") if model.provider == fake.name)
    answer = buyer.submit("flixly.media.generate", {"model": model.key, "prompt": "a red fox"})
    return str(answer.get_json()["id"])


def test_a_death_between_post_and_ticket_is_never_sent_again(
    paying: House, buyer: Account, fake: FakeProvider, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, kind = buyer.balance()["total"], providers.get(fake.name)
    real = kind.submit

    def die_after(*given: Any) -> None:
        real(*given)
        raise Death

    dying(monkeypatch, kind, "submit", die_after, lambda: step(paying, claimed(paying), tmp_path))
    assert fake.submissions == 1
    take_over_orphans(paying.context)
    paying.work()

    run = ended(buyer, run_id)
    assert (run["status"], run["error"]["code"]) == ("failed", "outcome_unknown")
    assert run["error"]["provider"]["name"] == fake.name
    assert fake.submissions == 1
    assert buyer.charges(run_id) == []
    assert buyer.balance() == {"total": before, "held": 0}


def test_a_death_after_the_ticket_is_completed_from_it(
    paying: House, buyer: Account, fake: FakeProvider, run_id: str, tmp_path: Path
) -> None:
    result = step(paying, claimed(paying), tmp_path)
    if not isinstance(result, Waiting):
        pytest.skip(fake.lacks["slow_work_is_asked_for_until_it_is_done"])
    take_over_orphans(paying.context)
    paying.work()

    run = ended(buyer, run_id)
    assert run["status"] == "completed"
    assert fake.submissions == 1
    assert buyer.charges(run_id) == [run["estimate"]["credits"]]
