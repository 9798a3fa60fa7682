"""A run that waits because its provider takes nothing says so, and tells no address."""

import socket
from collections.abc import Callable
from typing import Any

from service.config import ProviderSettings
from tests.fakes.fal import FakeFal
from tests.fakes.provider import KEY
from tests.support.house import House

FOX = {"model": "flux-dev", "prompt": "a red fox"}


def test_a_run_whose_provider_cannot_be_reached_says_why_it_waits(houses: Callable[..., House]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    house = houses(providers={"fal": ProviderSettings(KEY, f"http://127.0.0.1:{port}")})
    house.work()
    account = house.account()
    run_id = account.submit("flixly.media.generate", FOX).get_json()["id"]

    def waiting() -> dict[str, Any] | None:
        run = account.get(f"/v1/runs/{run_id}").get_json()
        return run if "waiting" in run else None

    run = house.until(waiting, 30)
    assert (run["status"], run["error"]) == ("running", None)
    assert run["waiting"] == "fal can't be reached: it refuses connections."
    assert str(port) not in str(run)


def test_a_run_that_goes_on_says_so_no_more(houses: Callable[..., House]) -> None:
    fake = FakeFal()
    house = houses(providers={"fal": ProviderSettings(KEY, fake.base_url)})
    house.work()
    account = house.account()
    run = account.ended(account.submit("flixly.media.generate", FOX).get_json()["id"], 60)
    fake.close()
    assert run["status"] == "completed"
    assert "waiting" not in run
