"""Senders that stop in the middle of a body or of the headers hold nothing that others need."""

import time

from tests.hostile.conftest import Attack
from tests.hostile.connections import many, post
from tests.support.installation import Installation

ESTIMATE = "/api/v1/generators/joke/estimate"


def test_half_sent_bodies_keep_nobody_waiting(attack: Attack, installation: Installation) -> None:
    half = post(ESTIMATE, b'{"model_id": 37, "prompt": "', length=400)
    with many(installation.port, 360, addresses=24, sent=half), attack("360 half-sent bodies from 24 addresses"):
        time.sleep(8)


def test_half_sent_headers_keep_nobody_waiting(attack: Attack, installation: Installation) -> None:
    half = b"GET /healthz HTTP/1.1\r\nHost: genhook.test\r\nX-Slow: "
    with many(installation.port, 800, sent=half), attack("800 half-sent headers from one address"):
        time.sleep(8)


def test_connections_that_say_nothing_keep_nobody_waiting(attack: Attack, installation: Installation) -> None:
    with many(installation.port, 800), attack("800 silent connections from one address"):
        time.sleep(8)
