"""Whoever has hundreds of requests wait leaves others their places to wait in."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from tests.hostile.conftest import Attack
from tests.net.media import answer, serving
from tests.support.installation import Client, Installation

# All the places of two web processes, and more.
REPLAYS, RUNS, THREADS = 310, 40, 352
REST = "/api/v1/generators/joke/generate"
JOKE = {"model_id": 37, "prompt": "Tell me a joke about queues"}


def test_replays_that_wait_leave_others_their_places(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    bystander = installation.account("asks-by-rest", plan="enterprise")
    with serving() as slow, ThreadPoolExecutor(THREADS) as pool:
        slow.answers["/picture"], slow.gate = answer(), threading.Event()
        values = {"model": "birefnet-v2", "image_url": slow.url("/picture")}

        def replay(key: str) -> int:
            path, headers = "/v1/actions/flixly.media.generate?wait=15", {"Idempotency-Key": key}
            for _ in range(50):
                status = attacker.call("POST", path, json={"input": values}, headers=headers).status_code
                if status != 409:
                    break
                time.sleep(0.5)
            return status

        with attack("310 replays that wait for one run, and 40 runs that are waited for"):
            pool.submit(replay, "again").add_done_callback(lambda _: None)
            waiting = [pool.submit(replay, "again") for _ in range(REPLAYS)]
            waiting += [pool.submit(replay, f"run {number}") for number in range(RUNS)]
            answers = asked_for(bystander, seconds=8)
        slow.gate.set()
        statuses = {one.result() for one in waiting}
    assert set(answers) == {201}
    # 409: the first request of that key was still being accepted; 503: no place to wait in; 429: the plan's limits.
    assert statuses <= {200, 202, 409, 429, 503}


def asked_for(client: Client, seconds: float) -> list[int]:
    """Ask for a joke by REST, one after the other, which waits for its run; return what was answered."""
    ends, answers = time.monotonic() + seconds, list[int]()
    for number in count():
        if time.monotonic() > ends:
            break
        body = {**JOKE, "prompt": f"{JOKE['prompt']} {number}"}
        answers.append(client.call("POST", REST, json=body).status_code)
        time.sleep(0.3)
    return answers
