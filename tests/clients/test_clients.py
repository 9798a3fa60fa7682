"""The real clients against a real Genhook: what they say is what they were answered."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from tests.fakes.receiver import Receiver
from tests.support.installation import Client, Installation

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genhook"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("clients"), workers=1)
    installation.start()
    yield installation
    installation.stop()


def made(kind: str, name: str, make: Any) -> Path:
    """The folder that was installed for this version of a file, made once."""
    digest = hashlib.sha256((HERE / name).read_bytes()).hexdigest()[:16]
    folder = CACHE / f"clients-{kind}-{digest}"
    if not folder.exists():
        making = CACHE / f"clients-{kind}-{digest}.{os.getpid()}"
        making.mkdir(parents=True)
        make(making)
        making.rename(folder)
    return folder


def _node(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=300)


def answered(words: list[str], **more: Any) -> dict[str, Any]:
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def account(running: Installation) -> Client:
    return running.account("clients", "enterprise")


@pytest.fixture
def reached(running: Installation, account: Client) -> tuple[str, str]:
    """The base URL and a key."""
    return f"{running.url}/openai/v1", account.keys["generor"]


def test_a_callback_is_unwrapped_by_openais_own_client(reached: tuple[str, str], account: Client) -> None:
    receiver = Receiver()
    client = OpenAI(base_url=reached[0], api_key=reached[1], webhook_secret=account.secret, max_retries=0)
    answer = client.chat.completions.create(
        model="gpt-5-4",
        messages=[{"role": "user", "content": "Hello"}],
        extra_body={"callback_url": f"{receiver.url}/hook"},
    )
    (post,) = receiver.of(answer.id.replace("chatcmpl-", "run_"))
    event: Any = client.webhooks.unwrap(post.body, post.headers)
    assert event.type == "run.completed"
    assert json.loads(post.body)["data"]["output"]["id"] == answer.id
    receiver.close()


def test_openai_for_node_and_vercels_ai_sdk(reached: tuple[str, str]) -> None:
    folder = made("node", "package-lock.json", _node)
    script = shutil.copy(HERE / "client.mjs", folder)
    told = answered(["node", str(script), *reached], cwd=folder)
    assert told["models"] > 100
    assert told["refused"] == "model_not_found"
    assert all(told[name] for name in ("chat", "streamed", "picture", "edited", "generated", "flowing"))
