"""Servers that callers' requests ask and that say nothing hold no request thread that others need."""

import socket
import time

from tests.hostile.conftest import Attack
from tests.hostile.connections import many, post
from tests.support.installation import Client, Installation

ESTIMATE = "/v1/actions/generor.generators.generate/estimate"
BODY = b'{"connection": "generor", "input": {"slug": "joke", "model_id": 37, "prompt": "x"}}'


def test_an_original_that_says_nothing_keeps_nobody_waiting(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        installation.cli("connections", "set", attacker.name, "generor", "--key", "k", "--base-url", address)
        key = {"Authorization": f"Bearer {attacker.keys['generor']}"}
        sent = [post("/v1/connections/generor/test", b"", **key), post(ESTIMATE, BODY, **key)]
        with (
            many(installation.port, 240, addresses=24, sent=sent[0]),
            many(installation.port, 240, addresses=24, sent=sent[1]),
            attack("480 requests that ask an original that says nothing"),
        ):
            time.sleep(8)
