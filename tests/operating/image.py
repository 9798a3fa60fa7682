"""The image of the Dockerfile as it is, built without a container engine, and containers of it.

It takes root, buildah and debootstrap: Debian 12 with its own Python 3.11 stands in for the image that the Dockerfile
begins from. A container is a process in namespaces of its own, the first of its processes, run by the image's user on
the image's root, which is read-only save for `/data`.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.operating.machines import Machine
from tests.support.installation import ROOT, pids_below
from tests.support.installed import installed

PACKAGES = Path(__file__).with_name("image-base.txt")
RELEASE = "bookworm"
TAG = "localhost/genhook"
# What leads this machine's pip to its index leads the build's there, too.
PIP = (Path("/etc/pip.conf"), Path("/etc/ssl/certs"))
BUILD_S = 1500
CONTAINER = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"
mount --bind "$2" "$1/data" && mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc"
root=$1 user=$3; shift 3
exec chroot --userspec="$user" "$root" /usr/bin/env -i --chdir=/data "$@"
"""


@dataclass(frozen=True)
class Image:
    """An image: the folder of its root, and what it says of itself in Docker's words."""

    root: Path
    config: dict[str, Any]

    def words(self, role: list[str], environment: Mapping[str, str]) -> list[str]:
        """Return the words after `env` of a command in that role."""
        given = dict(one.split("=", 1) for one in self.config["Env"]) | dict(environment)
        return [*(f"{name}={value}" for name, value in given.items()), *self.config["Entrypoint"], *role]


class Container:
    """One process of an image on a machine of its own; `data` is its volume."""

    def __init__(
        self, image: Image, machine: Machine, data: Path, role: list[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        self.image, self.machine, self.log, self._environment = image, machine, log, environment
        data.mkdir(exist_ok=True, parents=True)
        user, group = map(int, image.config["User"].split(":"))
        # Docker gives a new volume the owner and mode that the folder has in the image.
        os.chown(data, user, group)
        data.chmod(0o700)
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        start = ["sh", "-euc", CONTAINER, "container", str(image.root), str(data), image.config["User"]]
        with log.open("ab") as told:
            self.process = subprocess.Popen(
                [*machine.within, *namespaces, *start, *image.words(role, environment)],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
            )

    @property
    def pid(self) -> int:
        """Its first process, by the number that it has outside."""
        return pids_below(self.process.pid)[0]

    def run(self, *role: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside its process, as `docker exec` does."""
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--net"]
        inside = ["chroot", f"--userspec={self.image.config['User']}", str(self.image.root)]
        words = ["/usr/bin/env", "-i", "--chdir=/data", *self.image.words(list(role), self._environment)]
        return subprocess.run([*enter, *inside, *words], capture_output=True, text=True, timeout=120)

    def stop(self, seconds: float = 90) -> int:
        """SIGTERM to the first process, as `docker stop` does; the exit code."""
        with suppress(IndexError, ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End it at once, and all that runs in it."""
        self.process.kill()
        self.process.wait()


def can_be_built() -> bool:
    """Tell if this user, with the tools that are here, can build it."""
    return not os.geteuid() and all(map(shutil.which, ("buildah", "debootstrap", "unshare", "nsenter")))


@contextmanager
def built() -> Iterator[Image]:
    """Build the image; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="gh-image-"))
    run = partial(_buildah, folder)
    try:
        _tag_base(run, _base_name())
        mounts = [f"--volume={path}:{path}:ro" for path in PIP if path.exists()]
        isolation = ["--isolation=chroot", "--network=host", "--pull-never", "--layers=false", "--format=docker"]
        run("bud", *isolation, *mounts, "-t", TAG, str(ROOT))
        container = run("from", "--pull-never", TAG)
        config = json.loads(run("inspect", "--type", "image", TAG))["Docker"]["config"]
        yield Image(Path(run("mount", container)), config)
    finally:
        with suppress(subprocess.SubprocessError):
            run("rm", "--all")
        shutil.rmtree(folder, ignore_errors=True)


def _base_name() -> str:
    """Return the name of the image that the Dockerfile begins from."""
    (name,) = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    return f"docker.io/library/{name}"


def _tag_base(run: "partial[str]", name: str) -> None:
    base = run("from", "scratch")
    run("add", "-q", base, str(installed("image-base", PACKAGES, _bootstrap) / "root"), "/")
    run("config", "--env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", base)
    run("commit", "-q", "--rm", base, name)


def _bootstrap(folder: Path) -> None:
    """Lay out a Debian into `folder`/root, from where this machine has its packages."""
    root = folder / "root"
    packages = ",".join(PACKAGES.read_text().split())
    command = ["debootstrap", "--variant=minbase", f"--include={packages}", RELEASE, str(root), *_mirror()]
    subprocess.run(command, check=True, timeout=BUILD_S, stdout=subprocess.DEVNULL)
    (root / "usr/bin/python").symlink_to("python3")
    for managed in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        managed.unlink()
    shutil.rmtree(root / "var/cache/apt/archives")


def _mirror() -> list[str]:
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [uri for uri in listed.stdout.split() if uri.endswith("/debian/")][:1]


def _buildah(folder: Path, *words: str) -> str:
    where = ["--root", str(folder / "images"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]
    done = subprocess.run(["buildah", *where, *words], capture_output=True, text=True, timeout=BUILD_S)
    if done.returncode:
        raise RuntimeError(f"buildah {words[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-3000:]}")
    return done.stdout.strip()
