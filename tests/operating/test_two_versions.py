"""The version before and this one side by side on one database, which this one has migrated."""

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from service import __version__
from tests.operating.fleet import Fleet
from tests.support.installation import ROOT, free_port
from tests.support.valkey import Valkey

JOKE = {"slug": "joke", "model_id": 37, "prompt": "A joke about two versions"}
PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
ROLES = (("worker",), ("callbacks", "run"), ("sweeper",))
RUNS = 6

pytestmark = pytest.mark.timeout(600)


def released() -> str:
    """The commit of the last release before this version; empty where this clone's history does not reach so far."""
    command = ["git", "log", "--format=%H %s", "--grep=^Release [0-9]"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    others = (line.split()[0] for line in done.stdout.splitlines() if f"Release {__version__}" not in line)
    return next(others, "")


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The code of the release before."""
    if not (commit := released()):
        pytest.skip("this clone is shallow: git fetch --unshallow")
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    folder = tmp_path / "before"
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def fleet(tmp_path: Path, valkey: Valkey) -> Iterator[Fleet]:
    made = Fleet(tmp_path / "data", REDIS_URL=valkey.url)
    yield made
    made.close()


def test_both_versions_take_and_do_each_others_work(fleet: Fleet, before: Path) -> None:
    fleet.migrate()
    for code in (before, ROOT):
        fleet.launch("web", code=code, port=free_port())
    new_workers = [fleet.launch(*role) for role in ROLES]
    fleet.until(lambda: all(answers(url) for url in fleet.webs), 120)
    client = fleet.account("ada")

    def taken() -> list[str]:
        """Runs that both versions take in turn."""
        inputs = (JOKE, PICTURE, PICTURE, JOKE) * (RUNS // 2)
        return [client.submit("generor.generators.generate", values)["id"] for values in inputs]

    by_this = taken()
    assert {client.ended(run_id, 120)["status"] for run_id in by_this} == {"completed"}
    for one in new_workers:
        one.kill()
    for role in ROLES:
        fleet.launch(*role, code=before)
    by_the_one_before = taken()
    lanes = lanes_of(before)
    known = [row.id for row in fleet.rows("SELECT id, lane FROM runs") if row.lane in lanes]
    assert set(by_the_one_before) & set(known)
    assert {client.ended(run_id, 120)["status"] for run_id in known} == {"completed"}
    # What this version put into a lane that the other does not have waits for a worker that has it.
    fleet.launch("worker")
    assert {client.ended(run_id, 120)["status"] for run_id in by_the_one_before} == {"completed"}
    client.check_books()
    assert all(client.charges(run_id) for run_id in by_this + by_the_one_before)
    assert "Traceback" not in fleet.log.read_text()


def lanes_of(code: Path) -> tuple[str, ...]:
    """Read the lanes that the workers of that code work."""
    command = [sys.executable, "-c", "from service.config import LANES; print(*LANES)"]
    return tuple(subprocess.run(command, cwd=code, capture_output=True, text=True, check=True).stdout.split())


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=3).ok
    except requests.RequestException:
        return False
