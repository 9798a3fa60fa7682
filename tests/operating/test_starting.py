"""`up` beside a database and a Redis that start later, as service managers start them: it waits, and says for what."""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.installation import PROGRAM, ROOT, Installation, free_port
from tests.support.valkey import Valkey

SECRET = "installation-secret-of-32-characters"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "A joke about patience"}


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    """Close what a test starts."""
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with ExitStack() as stack:
        yield stack


def events(log: Path) -> list[str]:
    """Return what is told: the event of each line of JSON, any other line as it is."""
    return [json.loads(line)["event"] if line[0] == "{" else line for line in log.read_text().splitlines()]


def test_up_waits_for_a_database_and_a_redis_that_start_later(tmp_path: Path, late: ExitStack) -> None:
    port, valkey = free_port(), Valkey()
    late.callback(valkey.close)
    valkey.kill()
    url = f"postgresql://genhook@127.0.0.1:{port}/postgres"
    made = Installation(tmp_path / "data", workers=1, DATABASE_URL=url, REDIS_URL=valkey.url, GENHOOK_SECRET_KEY=SECRET)
    late.callback(made.close)
    starting = threading.Thread(target=made.start)
    starting.start()
    made.until(lambda: made.log.exists() and "still waiting for the database" in events(made.log), 60)

    late.enter_context(postgres.server(address="127.0.0.1", options=[f"port={port}"]))
    made.until(lambda: "Not ready yet: Redis does not answer" in made.log.read_text(), 90)
    run = made.account("patient").submit("generor.generators.generate", JOKE)
    valkey.start()
    starting.join(90)

    assert made.ready()
    made.until(lambda: made.rows("SELECT status FROM runs WHERE id = :id", id=run["id"])[0].status == "completed", 30)
    told = events(made.log)
    assert told.index("the database answers, going on") < len(told)
    assert any(line.startswith("Genhook is ready") for line in told)
    # What is asked for many times a second is told once, and that it is over.
    assert told.count("redis unavailable, looking in the database") <= 4
    made.until(lambda: "redis is back, listening" in events(made.log), 30)
    assert made.stop() == 0


def test_up_that_waits_is_told_to_stop(tmp_path: Path) -> None:
    made = Installation(
        tmp_path / "data", DATABASE_URL="postgresql://genhook@127.0.0.1:1/genhook", GENHOOK_SECRET_KEY=SECRET
    )
    up = subprocess.Popen([*PROGRAM, "up"], env=made.environment, cwd=ROOT, stderr=subprocess.PIPE)
    assert up.stderr is not None
    assert "still waiting for the database" in up.stderr.readline().decode()

    up.send_signal(signal.SIGTERM)

    assert up.wait(timeout=15) == 0
