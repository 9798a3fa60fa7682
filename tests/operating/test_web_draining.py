"""A web process that is told to stop answers what it took, however long that takes."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY
from tests.support.installation import Installation

# More than the 20 s that were once the most.
LONG_S = 24


@pytest.fixture
def openai() -> Iterator[FakeOpenAI]:
    made = FakeOpenAI()
    yield made
    made.close()


def test_a_request_in_hand_is_answered_and_no_other_is_taken(tmp_path: Path, openai: FakeOpenAI) -> None:
    environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.base_url}
    installation = Installation(tmp_path / "data", workers=1, **environment)
    try:
        installation.start()
        client = installation.account("buyer")
        openai.pause()
        with ThreadPoolExecutor(2) as pool:
            action = "/v1/actions/flixly.media.generate?wait=60"
            body = {"input": {"model": "gpt-image-2", "prompt": "a red fox"}}
            waiting = pool.submit(client.call, "POST", action, json=body, timeout=120)
            installation.until(lambda: openai.unanswered, 60)
            ((run_id,),) = installation.rows("SELECT id FROM runs")
            stream = pool.submit(client.call, "GET", f"/v1/runs/{run_id}/events", timeout=120)
            time.sleep(1)
            began = time.monotonic()
            assert installation._up is not None
            os.kill(installation._up.pid, signal.SIGTERM)
            # The stream can be taken up elsewhere: it ends at once.
            assert b"run.completed" not in stream.result(15).content
            installation.until(lambda: not installation.answers("/healthz"), 10)
            while time.monotonic() - began < LONG_S:
                time.sleep(0.5)
            assert not waiting.done()
            openai.resume()
            answer = waiting.result(60)
        assert answer.json()["status"] == "completed", answer.text
        assert installation._up.wait(60) == 0
    finally:
        installation.close()
