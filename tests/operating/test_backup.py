"""An installation on PostgreSQL is backed up and restored by the commands that `deploy/README.md` gives."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy.engine import make_url

from tests.support import postgres
from tests.support.installation import ROOT, Installation

SECRET = "installation-secret-of-32-characters"
PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
JOKE = {"slug": "joke", "model_id": 37, "prompt": "A joke about backups"}


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """The URLs of an empty database on each of two servers."""
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with postgres.server() as old, postgres.server() as new:
        yield plain(postgres.empty(old)), plain(postgres.empty(new))


def plain(url: str) -> str:
    """As PostgreSQL's own programs read it, too."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def documented(number: int) -> str:
    """Return a block of commands of the page on backups."""
    page = (ROOT / "deploy/README.md").read_text().partition("## Backups")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[number]


def test_what_was_dumped_while_serving_goes_on_elsewhere(servers: tuple[str, str], tmp_path: Path) -> None:
    old_url, new_url = servers
    old = Installation(tmp_path / "old", DATABASE_URL=old_url, GENHOOK_SECRET_KEY=SECRET)
    backup = tmp_path / "backup"
    backup.mkdir()
    environment = {
        "PATH": f"{postgres.programs()}:{os.environ['PATH']}",
        "BACKUP": str(backup),
        "DATABASE_URL": old_url,
        "GENHOOK_DATA_DIR": str(old.folder),
        "NEW_DATABASE_URL": new_url,
        "NEW_DATA_DIR": str(tmp_path / "new"),
    }
    with old:
        client = old.account("ada")
        made = client.ended(client.submit("generor.generators.generate", PICTURE)["id"])
        for pid in old.pids("worker"):
            old.pause(pid)
        under_way = client.submit("generor.generators.generate", JOKE)["id"]
        subprocess.run(["sh", "-euc", documented(0)], env=environment, check=True, timeout=120)
    subprocess.run(["sh", "-euc", documented(1)], env=environment, check=True, timeout=120)

    new = Installation(tmp_path / "new", DATABASE_URL=new_url, GENHOOK_SECRET_KEY=SECRET, PUBLIC_URL=old.url)
    with new:
        client.installation = new
        assert client.ended(under_way)["status"] == "completed"
        picture = client.run(made["id"])["output"]["creations"][0]["image_url"].replace(old.url, new.url)
        assert requests.get(picture, timeout=20).headers["Content-Type"].startswith("image/")
        client.check_books()
        assert new.run("doctor", "--json").returncode == 0
        assert new.stop() == 0
