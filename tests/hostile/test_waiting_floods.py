"""One account's waiting callers, and its queued runs, leave the others their places and turns."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.fakes.fal import FakeFal
from tests.fakes.provider import KEY
from tests.hostile.conftest import Attack
from tests.support.installation import Client, Installation

FOX = {"input": {"model": "flux-dev", "prompt": "a red fox"}}
JOKE = {"input": {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about crowds"}}
HEADERS = {"Idempotency-Key": "again-and-again"}


def test_replays_that_wait_leave_others_their_places(
    attack: Attack, installation: Installation, attacker: Client
) -> None:
    fake = FakeFal()
    fake.polls = 1_000_000
    installation.cli("providers", "set", attacker.name, "fal", "--key", KEY, "--base-url", fake.base_url)
    path = "/v1/actions/flixly.media.generate"
    run = attacker.call("POST", path, json=FOX, headers=HEADERS).json()

    def wait(_: int) -> Any:
        return attacker.call("POST", f"{path}?wait=10", json=FOX, headers=HEADERS, timeout=60)

    with ThreadPoolExecutor(280) as pool, attack("280 replays of one key that wait"):
        answers = list(pool.map(wait, range(280)))
    attacker.call("POST", f"/v1/runs/{run['id']}/cancel")
    fake.close()

    assert set(Counter(answer.status_code for answer in answers)) <= {200, 503}
    assert all(answer.json()["id"] == run["id"] for answer in answers if answer.ok)
    assert all("Retry-After" in answer.headers for answer in answers if not answer.ok)


def test_a_flood_of_runs_leaves_others_their_turn(attack: Attack, attacker: Client) -> None:
    def submit(_: int) -> int:
        return attacker.call("POST", "/v1/actions/generor.generators.generate", json=JOKE, timeout=60).status_code

    with ThreadPoolExecutor(16) as pool, attack("280 runs of one account in the same lane"):
        taken = list(pool.map(submit, range(280)))
        time.sleep(2)

    assert set(taken) <= {202, 429, 503}
