"""The receiver that docs/callbacks.md shows, as a process of its own, gets what a real Genhook posts."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.installation import ROOT, Client, Installation, free_port

pytestmark = pytest.mark.xdist_group("installation")

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about manuals"}


class Documented:
    """The page's own code, served by Flask."""

    def __init__(self, folder: Path, secret: str) -> None:
        (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "callbacks.md").read_text(), re.DOTALL)
        (folder / "receiver.py").write_text(code)
        self.url, self.log = f"http://127.0.0.1:{(port := free_port())}/genhook", folder / "receiver.log"
        environment = {**os.environ, "GENHOOK_SIGNING_SECRET": secret, "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "flask", "--app", "receiver", "run", "--port", str(port)]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def documented(client: Client, tmp_path: Path) -> Iterator[Documented]:
    made = Documented(tmp_path, client.secret)
    yield made
    made.close()


def test_it_takes_each_event_once_and_nothing_unsigned(
    installation: Installation, client: Client, documented: Documented
) -> None:
    run_id = client.submit("generor.generators.generate", JOKE, callback_url=documented.url)["id"]
    delivered = "SELECT id FROM deliveries WHERE run_id = :run AND status = 'delivered'"
    ((delivery,),) = installation.until(lambda: installation.rows(delivered, run=run_id), 40)
    client.call("POST", f"/v1/deliveries/{delivery}/replay")
    replayed = "SELECT id FROM attempts WHERE delivery_id = :delivery"
    installation.until(lambda: len(installation.rows(replayed, delivery=delivery)) > 1 or None, 40)
    assert requests.post(documented.url, json={"type": "run.completed"}, timeout=10).status_code == 401
    assert documented.log.read_text().count(f"{run_id} completed 1 ") == 1
