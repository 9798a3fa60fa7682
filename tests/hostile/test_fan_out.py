"""Callbacks and subscriptions of one account neither flood an address nor hold up the others' callbacks."""

import time

from tests.fakes.receiver import Receiver
from tests.hostile.conftest import Attack
from tests.support.installation import Client, Installation

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about crowds"}
SECONDS = 6.0
RATE = 20


def test_many_names_of_one_address_get_no_more_than_its_rate(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    receiver = Receiver()
    # Each of these is a host of its own to whoever goes by the name alone.
    for number in range(60):
        url = f"http://hook{number}.localhost:{receiver.port}/hook"
        told = attacker.call("POST", "/v1/subscriptions", json={"target_url": url}).status_code
        assert told == (201 if number < 50 else 409)
    with attack("50 subscriptions to 50 names of one address"):
        began = time.monotonic()
        for _ in range(8):
            path = "/v1/actions/generor.generators.generate"
            assert attacker.call("POST", path, json={"input": JOKE}).status_code == 202
        time.sleep(SECONDS)
    posted, took = len(receiver.posts), time.monotonic() - began
    receiver.close()
    assert 0 < posted <= RATE * (took + 1)


def test_names_that_nobody_answers_for_keep_nobody_waiting(attack: Attack, attacker: Client) -> None:
    with attack("200 callbacks to names that don't resolve"):
        for number in range(200):
            attacker.call(
                "POST",
                "/v1/actions/generor.generators.generate",
                json={"input": JOKE, "callback_url": f"http://h{number}.silent.invalid/hook"},
            )
