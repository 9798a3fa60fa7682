"""Commands that keep an installation: checks, backups that are restored, runs seen by their operator, retention."""

import json
import os
import stat
import tarfile
from pathlib import Path

import pytest
import requests

from tests.support.installation import Client, Installation

pytestmark = pytest.mark.xdist_group("installation")
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about keeping"}
PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
ON_SQLITE = pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="PostgreSQL has pg_dump")


def test_doctor_finds_a_running_installation_sound(installation: Installation) -> None:
    found = installation.cli("doctor", "--url", installation.url)
    assert found["ok"], found
    assert {"database", "redis", "storage", "secret", "clock", "disk", "versions", "service"} <= {
        check["name"] for check in found["checks"]
    }
    assert all(set(check) == {"name", "ok", "detail", "mend"} for check in found["checks"])


def test_doctor_ends_with_1_and_one_line_for_each_fault(installation: Installation) -> None:
    done = installation.run("doctor", "--url", "http://127.0.0.1:9")
    assert (done.returncode, done.stdout.count("\n")) == (1, 1)
    assert done.stdout.startswith("WRONG service: ")
    told = installation.run("doctor", "--json", environment={"GENHOOK_SECRET_KEY": "short"})
    assert (told.returncode, json.loads(told.stdout)["ok"]) == (1, False)


def test_an_operator_lists_shows_watches_and_cancels_runs(installation: Installation, client: Client) -> None:
    run_id = client.submit("generor.generators.generate", JOKE)["id"]
    assert installation.cli("runs", "watch", run_id, "--timeout", "60")["status"] == "completed"
    assert installation.cli("runs", "show", run_id)["id"] == run_id
    listed = installation.cli("runs", "list", "--account", client.name, "--status", "completed")["data"]
    assert [run["id"] for run in listed] == [run_id]
    refused = installation.run("runs", "cancel", run_id)
    assert (refused.returncode, "has ended already" in refused.stderr) == (1, True)
    unknown = installation.run("runs", "show", "run_0")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)


@ON_SQLITE
def test_a_backup_made_while_serving_is_restored_elsewhere(
    installation: Installation, client: Client, tmp_path: Path
) -> None:
    run = client.ended(client.submit("generor.generators.generate", PICTURE)["id"])
    archive = tmp_path / "backup.tar"
    told = installation.cli("backup", str(archive))
    assert (stat.S_IMODE(archive.stat().st_mode), told["left_out"]) == (0o600, ["secret.key", "owner.json"])
    with tarfile.open(archive) as found:
        assert not {"secret.key", "owner.json"} & {Path(name).name for name in found.getnames()}
    assert installation.run("backup", str(archive)).returncode == 1, "nothing is written over"

    elsewhere = Installation(tmp_path / "elsewhere", workers=1, PUBLIC_URL=installation.url)
    assert elsewhere.run("restore", str(archive), "--json").returncode == 0
    (elsewhere.folder / "secret.key").write_bytes((installation.folder / "secret.key").read_bytes())
    try:
        elsewhere.start()
        answer = requests.get(f"{elsewhere.url}/v1/runs/{run['id']}", headers=_key(client), timeout=20)
        assert answer.json()["status"] == "completed"
        picture = answer.json()["output"]["creations"][0]["image_url"].replace(installation.url, elsewhere.url)
        assert requests.get(picture, timeout=20).headers["Content-Type"].startswith("image/")
        occupied = elsewhere.run("restore", str(archive))
        assert (occupied.returncode, "not empty" in occupied.stderr) == (1, True)
    finally:
        elsewhere.close()


@ON_SQLITE
def test_a_restore_into_a_used_dir_or_of_something_else_is_refused(installation: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path / "other")
    other.folder.mkdir()
    (tmp_path / "text.tar").write_text("no archive")
    refused = other.run("restore", str(tmp_path / "text.tar"))
    assert (refused.returncode, "can't be read as a backup" in refused.stderr) == (1, True)
    (other.folder / "notes.txt").write_text("mine")
    archive = tmp_path / "b.tar"
    installation.cli("backup", str(archive))
    assert other.run("restore", str(archive)).returncode == 1
    assert sorted(path.name for path in other.folder.iterdir() if path.suffix != ".lock") == ["notes.txt"]


def test_retention_is_run_by_hand_and_deletes_nothing_young(installation: Installation, client: Client) -> None:
    run_id = client.submit("generor.generators.generate", JOKE)["id"]
    client.ended(run_id)
    assert installation.cli("retention", "run")["days"] == 90
    assert client.run(run_id)["id"] == run_id


def test_completion_is_printed_for_every_shell(installation: Installation) -> None:
    for shell in ("bash", "zsh", "fish"):
        done = installation.run("completion", shell)
        assert (done.returncode, "_GENHOOK_COMPLETE" in done.stdout) == (0, True)


def _key(client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.keys['generor']}"}
