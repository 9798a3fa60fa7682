"""Runs whose reference pictures take long to arrive hold no lane."""

import threading
import time

from tests.hostile.conftest import Attack
from tests.net.media import answer, serving
from tests.support.installation import Client

RUNS = 12


def test_references_that_take_long_keep_nobody_waiting(attack: Attack, attacker: Client) -> None:
    with serving() as slow:
        slow.answers["/picture"] = answer()
        slow.gate = threading.Event()
        with attack("12 runs whose pictures take long to arrive"):
            for number in range(RUNS):
                values = {"model": "birefnet-v2", "image_url": slow.url(f"/picture?{number}")}
                sent = attacker.call("POST", "/v1/actions/flixly.media.generate", json={"input": values})
                assert sent.status_code == 202, sent.text
            time.sleep(8)
        slow.gate.set()
