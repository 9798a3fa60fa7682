"""`pip install .` into an empty venv, then `genhook up` in an empty folder, with no checkout in sight."""

import json
import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from service import __version__
from tests.support.installation import ROOT, Client, Installation


@pytest.fixture(scope="module")
def genhook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of an installation from the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "guide")
    sources = shutil.copytree(ROOT, folder / "sources", ignore=ignored)
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv/bin/python")
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", str(sources)], check=True)
    shutil.rmtree(sources)
    return folder / "venv/bin/genhook"


@pytest.fixture(scope="module")
def installed(genhook: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    empty = tmp_path_factory.mktemp("elsewhere")
    made = Installation(empty / "var", program=(str(genhook),), cwd=empty)
    made._environment.pop("PYTHONPATH", None)
    made.start()
    yield made
    made.close()


def test_it_works_from_anywhere(installed: Installation) -> None:
    client: Client = installed.account("ada")
    for values in (
        {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about wheels"},
        {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1},
    ):
        assert client.ended(client.submit("generor.generators.generate", values)["id"])["status"] == "completed"
    commands = {Path(f"/proc/{pid}/cwd").resolve() for pid in installed.pids("worker")}
    assert not any(folder.is_relative_to(ROOT) for folder in commands)


def test_the_demo_runs_from_the_wheel_too(genhook: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "YOUTUBE"))}
    done = subprocess.run(
        [str(genhook), "demo", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["files"]
    assert all((tmp_path / path).stat().st_size for path in told["files"])


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/docs/guide/",
        "/docs/guide/guides/n8n/",
        "/console",
        "/openapi.json",
        "/packs/n8n-nodes-genhook.tgz",
        f"/packs/n8n-nodes-genhook-{__version__}.tgz",
        "/packs/genhook-zapier.zip",
    ],
)
def test_what_it_shows_is_inside(installed: Installation, path: str) -> None:
    answer = requests.get(installed.url + path, timeout=20, allow_redirects=False)
    assert answer.status_code == 200


def test_it_says_its_version(genhook: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [genhook, "--version"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert __version__ in done.stdout


def test_what_it_says_to_run_next_is_named_as_it_is_installed(genhook: Path, installed: Installation) -> None:
    assert "Begin with:  genhook up" in installed.run("--help").stdout
    assert "genhook keys create stranger --api" in installed.run("accounts", "create", "stranger").stdout
