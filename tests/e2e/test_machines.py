"""Machines as people have them: a Procfile's lines one by one, odd folders, read-only roots, full disks, no root."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.installation import ROOT, Client, Installation, pids_below

pytestmark = pytest.mark.xdist_group("machines")
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about machines"}
PNG = "docs/images/console.png"
PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
NOBODY = 65534
# The data dir is the only place that can be written, 48 MB of memory, and everything runs as nobody, who may not look
# into root's home: a Python that lies there is shown to it. Under another umask nobody could not look into the new
# folders either, and the loader would take the system's libpython in place of this one's.
MACHINE = """
umask 022
case "$2" in /root/*)
    mount --bind "$2" /mnt; mount -t tmpfs -o mode=755 none /root; mkdir -p "$2"; mount --move /mnt "$2";;
esac
mount -t tmpfs -o size=48m,mode=700,uid=65534,gid=65534 none "$1"
mount -o remount,bind,ro /
shift 2
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
"""


# Each line of the Procfile alone


class Lines:
    """The Procfile's lines as a platform starts them: each alone, on one database and one Redis."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.installation = Installation(folder, REDIS_URL=redis_url)
        self.environment = self.installation._environment
        self.lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir()

    def start(self, name: str) -> None:
        words = self.lines[name].replace("python", sys.executable, 1).split()
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(words, env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    def log(self, name: str) -> Path:
        return self.installation.folder / f"{name}.log"

    def close(self) -> None:
        for process in self.running.values():
            for pid in (*pids_below(process.pid), process.pid):
                if process.poll() is None:
                    os.kill(pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def lines(tmp_path: Path, redis_url: str) -> Iterator[Lines]:
    made = Lines(tmp_path / "data", redis_url)
    yield made
    made.close()


def test_the_procfiles_lines_start_in_any_order_and_wait_for_the_database(lines: Lines) -> None:
    waiting = [name for name in reversed(lines.lines) if name != "release"]
    for name in waiting:
        lines.start(name)
    said = "waiting for the database"
    Installation.until(lambda: all(said in lines.log(name).read_text() for name in waiting), 60)
    assert all(process.poll() is None for process in lines.running.values())
    releases = [
        subprocess.Popen(lines.lines["release"].replace("python", sys.executable, 1).split(), env=lines.environment)
        for _ in range(2)
    ]
    assert [release.wait(60) for release in releases] == [0, 0]
    Installation.until(lambda: lines.installation.answers("/readyz"), 60)
    client = lines.installation.account("ada")
    assert client.ended(client.submit("generor.generators.generate", JOKE)["id"])["status"] == "completed"
    for process in lines.running.values():
        process.terminate()
    assert {name: process.wait(60) for name, process in lines.running.items()} == dict.fromkeys(waiting, 0)


def test_a_process_that_waits_for_the_database_stops_when_it_is_told(lines: Lines) -> None:
    lines.start("sweeper")
    Installation.until(lambda: "waiting for the database" in lines.log("sweeper").read_text(), 60)
    lines.running["sweeper"].terminate()
    assert lines.running["sweeper"].wait(20) == 0


# Folders, disks and users


@pytest.fixture(scope="module")
def machine() -> Iterator[Installation]:
    """An installation in a folder with an odd name, on a read-only root with a small disk, run by nobody."""
    if os.geteuid() or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("needs root, and a kernel that lets it mount")
    # Not pytest's own folder, which is root's alone.
    parent = Path(tempfile.mkdtemp(prefix="genhook-machine-"))
    parent.chmod(0o755)
    folder = parent / "da#ta %20?ü"
    folder.mkdir()
    within = ("unshare", "-m", "sh", "-ec", MACHINE, "machine", str(folder), sys.base_prefix)
    with Installation(folder, workers=1, within=within) as made:
        yield made
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def inside(machine: Installation) -> Path:
    """The machine's data dir, seen from here."""
    (pid,) = machine.pids("worker")
    return Path(f"/proc/{pid}/root{machine.folder}")


@pytest.fixture(scope="module")
def tenant(machine: Installation) -> Client:
    (pid,) = machine.pids("worker")
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    machine._within = ("nsenter", "-t", str(pid), "-m", f"--wd={ROOT}", *as_nobody)
    return machine.account("ada")


def test_a_read_only_root_and_an_odd_folder_do_not_matter(machine: Installation, inside: Path, tenant: Client) -> None:
    run = tenant.submit("generor.generators.generate", PICTURE)
    Installation.until(lambda: tenant.run(run["id"])["status"] == "completed", 60)
    on_sqlite = set() if os.environ.get("TEST_DATABASE_URL") else {"genhook.db", "secret.key"}
    assert {path.name for path in inside.iterdir()} >= {"storage", "tmp", *on_sqlite}
    assert set(machine.folder.parent.iterdir()) == {machine.folder, machine.log}
    uploaded = tenant.call("POST", "/v1/files", files={"file": ("a.png", (ROOT / PNG).read_bytes(), "image/png")})
    assert uploaded.status_code == 201, uploaded.text


def test_temporary_files_of_a_killed_worker_are_deleted_at_the_next_start(
    machine: Installation, inside: Path, tenant: Client
) -> None:
    (pid,) = machine.pids("worker")
    (left,) = [folder for folder in (inside / "tmp").iterdir() if folder.name.startswith(f"{pid}-")]
    (left / "left.bin").write_bytes(b"x")
    at_work = set((inside / "tmp").iterdir())
    machine.kill("worker")
    alive = Path(str(inside).replace(str(pid), str(machine.pids("web")[0]), 1))
    Installation.until(lambda: not (alive / "tmp" / left.name).exists(), 30)
    assert {folder.name for folder in at_work} - {left.name} <= {folder.name for folder in (alive / "tmp").iterdir()}


def fill(ballast: Path) -> None:
    """Write until the disk is full."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"\0" * 65536):
            pass


def test_a_full_disk_is_told_and_passes(machine: Installation, tenant: Client) -> None:
    machine.until(machine.ready)
    data_dir = Path(f"/proc/{machine.pids('web')[0]}/root{machine.folder}")
    ballast = data_dir / "ballast"
    fill(ballast)
    answer = requests.get(f"{machine.url}/readyz", timeout=10)
    assert (answer.status_code, answer.json()["checks"]["disk"]) == (503, False)
    refused = tenant.call("POST", "/v1/files", files={"file": ("a.png", (ROOT / PNG).read_bytes(), "image/png")})
    assert (refused.status_code, "disk" in refused.json()["detail"]) == (503, True), refused.text
    assert "Retry-After" in refused.headers
    ballast.unlink()
    machine.until(machine.ready)
    run = tenant.submit("generor.generators.generate", JOKE)
    machine.until(lambda: tenant.run(run["id"])["status"] == "completed")
    assert shutil.disk_usage(data_dir).free > 0
