"""Bodies that are wrong in a million places are refused shortly, at little cost."""

import threading
import time

import requests

from tests.hostile.conftest import Attack
from tests.support.installation import Installation

ATTACK_S = 8
LONGEST_REFUSAL = 64 * 1024


def test_bodies_with_a_million_faults_keep_nobody_waiting(attack: Attack, installation: Installation) -> None:
    body = '{"reference_images":[' + ",".join(["1"] * 1_500_000) + "]}"
    sizes: list[int] = []
    deadline = time.monotonic() + ATTACK_S

    def send() -> None:
        while time.monotonic() < deadline:
            try:
                answer = requests.post(f"{installation.url}/api/v1/generators/joke/estimate", data=body, timeout=60)
            except requests.ConnectionError:
                # Refused and closed while the body was still being sent.
                continue
            sizes.append(len(answer.content))

    with attack("a million faults in a body, 16 at once"):
        threads = [threading.Thread(target=send, daemon=True) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert max(sizes, default=0) <= LONGEST_REFUSAL
