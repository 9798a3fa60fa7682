"""A confined process: what it may still do. Where the kernel lacks a part, the tests of that part are skipped."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="confinement is Linux's")
ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import ctypes, json, os, resource, signal, socket, subprocess, sys
from pathlib import Path
from service.processes.confinement import confine

folder, parent = Path(sys.argv[1]), os.getppid()
secret = folder.parent / "secret.key"
secret.write_text("secret")
held = confine(folder, 300_000_000, parent)

def refused(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return None

def thread():
    import threading
    one = threading.Thread(target=lambda: None)
    one.start()
    one.join()

tried = {
    "socket": refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
    "unix socket": refused(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)),
    "program": refused(lambda: subprocess.run(["true"])),
    "fork": refused(os.fork),
    "signal to the parent": refused(lambda: os.kill(parent, 0)),
    "the parent's environment": refused(lambda: open(f"/proc/{parent}/environ").read()),
    "a file beside its folder": refused(secret.read_text),
    "a file elsewhere": refused(lambda: open("/etc/passwd").read()),
    "writing beside its folder": refused(lambda: (folder.parent / "x").write_text("x")),
    "a link to outside": refused(lambda: (os.symlink(secret, folder / "link"), (folder / "link").read_text())),
    "memory": refused(lambda: bytearray(2_000_000_000)),
    "a file of its own": refused(lambda: (folder / "x").write_text("x")),
    "its own libraries": refused(lambda: __import__("wave")),
    "a thread": refused(thread),
}
print(json.dumps({"held": held, "tried": tried, "mask": os.umask(0)}))
"""


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    folder = tmp_path_factory.mktemp("confined") / "own"
    folder.mkdir()
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("what", ["a file of its own", "its own libraries", "a thread"])
def test_what_decoding_needs_still_works(what: str, confined: dict[str, dict[str, object]]) -> None:
    assert confined["tried"][what] is None


def test_memory_is_bounded(confined: dict[str, dict[str, object]]) -> None:
    assert confined["tried"]["memory"] == "MemoryError"


@pytest.mark.parametrize("what", ["socket", "unix socket", "program", "fork", "signal to the parent"])
def test_network_programs_and_other_processes_are_refused(what: str, confined: dict[str, dict[str, object]]) -> None:
    if not confined["held"]["seccomp"]:
        pytest.skip("this kernel has no seccomp")
    assert confined["tried"][what]


@pytest.mark.parametrize(
    "what",
    [
        "the parent's environment",
        "a file beside its folder",
        "a file elsewhere",
        "writing beside its folder",
        "a link to outside",
    ],
)
def test_files_of_others_are_refused(what: str, confined: dict[str, dict[str, object]]) -> None:
    if not confined["held"]["landlock"]:
        pytest.skip("this kernel has no Landlock")
    assert confined["tried"][what]
