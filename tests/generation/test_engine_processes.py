"""Runs in engine processes: one that overruns ends failed and released, and nobody else's run with it."""

import time
from dataclasses import replace

import pytest

from service.errors import EngineMissing
from service.sandbox.job import Product
from service.sandbox.pool import EnginePool, pool
from service.sandbox.pool.limits import TaskLimits, limits_of
from tests.support.house import House

pytestmark = pytest.mark.slow

PICTURE = {"model": "flux-dev", "prompt": "a city at night", "type": "TEXT_TO_IMAGE", "count": 4}
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke"}


def pictures_may_take(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    def of(what: str, count: int = 1) -> TaskLimits:
        usual = limits_of(what, count)
        return replace(usual, **limits) if what == "image" else usual

    monkeypatch.setattr(pool, "limits_of", of)


@pytest.mark.parametrize(
    ("limits", "code"), [({"cpu_s": 0.05}, "timed_out"), ({"memory": 60_000_000}, "provider_error")]
)
def test_a_run_that_overruns_ends_failed_released_and_alone(
    limits: dict[str, float], code: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures_may_take(monkeypatch, **limits)
    hostile, neighbour = house.account(), house.account()
    before = hostile.balance()
    run = hostile.submit("flixly.media.generate", PICTURE).get_json()
    jokes = [neighbour.submit("generor.generators.generate", JOKE).get_json() for _ in range(3)]
    ended = hostile.ended(run["id"], 60)
    assert (ended["status"], ended["error"]["code"], ended["error"]["permanent"]) == ("failed", code, True)
    assert ended["credits_charged"] == 0
    assert hostile.balance() == before
    assert [neighbour.ended(joke["id"], 60)["status"] for joke in jokes] == ["completed"] * 3


def test_a_canceled_run_stops_its_task(house: House) -> None:
    account = house.account()
    film = {"model": "veo-3-1", "prompt": "rain", "type": "TEXT_TO_VIDEO", "duration": 8}
    run = account.submit("flixly.media.generate", film).get_json()
    engines = house.context.engines
    house.until(lambda: engines._working, 60)
    assert account.post(f"/v1/runs/{run['id']}/cancel").status_code in (200, 202)
    began = time.monotonic()
    house.until(lambda: not engines._working, 20)
    assert time.monotonic() - began < 15
    assert account.ended(run["id"])["status"] == "canceled"


def test_an_extra_that_is_not_installed_is_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object) -> list[Product]:
        raise EngineMissing("Speech needs the pip extra hibari-tts, which is not installed: run `make engines`.")

    monkeypatch.setattr(EnginePool, "make", lacking)
    account = house.account()
    spoken = {"model": "tts-1-hd", "prompt": "Hello.", "type": "TEXT_TO_SPEECH"}
    answer = account.post("/api/v1/generate", spoken, api="flixly")
    assert answer.status_code == 503
    assert "hibari-tts" in answer.get_data(as_text=True)
    assert account.balance()["held"] == 0
