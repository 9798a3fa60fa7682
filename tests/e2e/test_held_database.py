"""A process that holds SQLite's writer for longer than anybody waits ends nothing for good."""

import fcntl
import os
import sqlite3
import time

import pytest

from tests.support.installation import Client, Installation

pytestmark = pytest.mark.xdist_group("installation")
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about patience"}
HELD_S = 24.0


def hold(installation: Installation, seconds: float) -> None:
    """Hold the writer and every writer's turn, as a process does that is stopped inside a transaction."""
    path = installation.folder / "genhook.db"
    gate = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(gate, fcntl.LOCK_EX)
    other = sqlite3.connect(path, isolation_level=None, timeout=60)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    other.execute("COMMIT")
    other.close()
    os.close(gate)


def beats(installation: Installation) -> dict[str, int]:
    return {row.id: row.beats for row in installation.rows("SELECT id, beats FROM workers")}


def test_a_writer_that_is_held_for_24_seconds_ends_nothing_for_good(installation: Installation, client: Client) -> None:
    if os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("PostgreSQL has no single writer to hold")
    before = [client.submit("generor.generators.generate", JOKE)["id"] for _ in range(5)]
    pids = {kind: set(installation.pids(kind)) for kind in ("worker", "callbacks", "sweeper")}
    hold(installation, HELD_S)
    held = beats(installation)
    installation.until(lambda: held != beats(installation))
    alive = beats(installation)
    installation.until(lambda: all(count > alive[one] for one, count in beats(installation).items() if one in alive))
    assert {kind: set(installation.pids(kind)) for kind in pids} == pids, "nobody was declared dead meanwhile"
    installation.until(installation.ready)
    for run_id in [*before, client.submit("generor.generators.generate", JOKE)["id"]]:
        assert client.ended(run_id)["status"] == "completed"
        assert client.charges(run_id) == [1]
    client.check_books()
