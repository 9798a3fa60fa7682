"""OpenAI, Google and BytePlus from a caller's request to their answer, and films through a worker's death."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from service.catalog import load
from service.config import ProviderSettings
from service.generation.paid import Waiting
from service.runs.recover import take_over_orphans
from service.store.clock import now
from service.store.tables import provider_keys
from tests.fakes.byteplus import FakeBytePlus
from tests.fakes.google import FakeGoogle, FakeGoogleFilms
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY, FakeProvider
from tests.generation.steps import claimed, ended, step
from tests.support.house import Account, House

JOKE = {"slug": "joke", "prompt": "cats", "count": 2}
THUMBNAIL = {
    "video_title": "I Tried It",
    "prompt": "a man on a bike",
    "image_model": "standard",
    "aspect_ratio": "16:9",
    "image_count": 2,
}


@pytest.fixture
def fakes() -> Iterator[Callable[[type[FakeProvider]], FakeProvider]]:
    opened: list[FakeProvider] = []

    def open_one(kind: type[FakeProvider]) -> FakeProvider:
        opened.append(kind())
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


Fakes = Callable[[type[FakeProvider]], FakeProvider]
Houses = Callable[..., House]


def paying(houses: Houses, *fakes: FakeProvider) -> House:
    """A Genhook with the platform's own keys for these providers."""
    return houses(providers={fake.name: ProviderSettings(KEY, fake.base_url) for fake in fakes})


def made(house: House, account: Account, action: str, values: dict[str, Any]) -> dict[str, Any]:
    """The run, once a worker has ended it."""
    run_id = str(account.submit(action, values).get_json()["id"])
    house.work()
    return ended(account, run_id)


@pytest.mark.parametrize(
    ("kind", "key"), [(FakeOpenAI, "gpt-6-luna"), (FakeGoogle, "gemini-3-5-flash"), (FakeBytePlus, "seed-2-lite")]
)
def test_a_joke_is_the_models_own_where_its_key_is_there(
    houses: Houses, fakes: Fakes, kind: type[FakeProvider], key: str
) -> None:
    fake = fakes(kind)
    fake.makes = "text"
    house = paying(houses, fake)
    account, model = house.account(), load().model_by_key(key)
    run = made(house, account, "generor.generators.generate", JOKE | {"model_id": model.id})
    assert (run["status"], run["sandbox"]) == ("completed", False)
    assert [creation["text"] for creation in run["output"]["creations"]] == ["Written."] * 2
    assert fake.submissions == 1
    assert account.charges(run["id"]) == [run["estimate"]["credits"]]


def test_an_answer_that_does_not_fit_is_repaired_once(houses: Houses, fakes: Fakes) -> None:
    fake = fakes(FakeOpenAI)
    fake.trouble("misshapen")
    house = paying(houses, fake)
    account = house.account()
    run = made(house, account, "generor.generators.generate", JOKE | {"model_id": 15})
    assert run["status"] == "completed"
    assert fake.submissions == 2
    *_, answered, asked = fake.requests[1].json["messages"]
    assert (answered["role"], asked["role"]) == ("assistant", "user")
    assert "'text' is a required property" in asked["content"] or "were unexpected" in asked["content"]


def test_an_answer_that_never_fits_fails_and_costs_nothing(houses: Houses, fakes: Fakes) -> None:
    fake = fakes(FakeOpenAI)
    fake.trouble("misshapen", times=2)
    house = paying(houses, fake)
    account = house.account()
    run = made(house, account, "generor.generators.generate", JOKE | {"model_id": 15})
    assert (run["status"], run["error"]["code"]) == ("failed", "provider_error")
    assert run["error"]["provider"]["name"] == "openai"
    assert fake.submissions == 2
    assert account.charges(run["id"]) == []


@pytest.mark.parametrize("kind", [FakeOpenAI, FakeGoogle])
def test_a_thumbnail_on_an_own_key_costs_no_credits(houses: Houses, fakes: Fakes, kind: type[FakeProvider]) -> None:
    fake = fakes(kind)
    house = houses()
    account = house.account()
    row = {"account_id": account.id, "provider": fake.name, "key": house.context.vault.encrypt(KEY), "enabled": True}
    row |= {"base_url": fake.base_url, "created_at": now()}
    house.context.database.write(lambda db: db.execute(insert(provider_keys), row))
    before = account.balance()
    run = made(house, account, "flokan.thumbnails.generate", THUMBNAIL | {"provider": fake.name})
    assert (run["status"], run["sandbox"]) == ("completed", False)
    assert run["output"]["provider_used"] == fake.name
    assert sum(account.charges(run["id"])) == 0
    assert account.balance() == before
    assert b"I Tried It" in fake.requests[0].body


def test_a_thumbnail_without_the_key_that_was_named_is_refused(houses: Houses) -> None:
    account = houses().account()
    answer = account.submit("flokan.thumbnails.generate", THUMBNAIL | {"provider": "openai"})
    assert answer.status_code == 422
    assert "No enabled openai key" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("kind", "key"), [(FakeGoogleFilms, "gemini-omni-1-1-flash"), (FakeBytePlus, "dreamina-seedance-2-720p")]
)
def test_a_film_is_completed_from_its_ticket_after_a_workers_death(
    houses: Houses, fakes: Fakes, kind: type[FakeProvider], key: str, tmp_path: Path
) -> None:
    fake = fakes(kind)
    fake.makes = "video"
    house = paying(houses, fake)
    account = house.account()
    run_id = str(account.submit("flixly.media.generate", {"model": key, "prompt": "rain"}).get_json()["id"])
    assert isinstance(step(house, claimed(house), tmp_path), Waiting)
    take_over_orphans(house.context)
    house.work()
    run = ended(account, run_id)
    assert run["status"] == "completed"
    assert fake.submissions == 1
    assert account.charges(run_id) == [run["estimate"]["credits"]]
