"""Programs of others that tests run: installed once under ~/.cache/genhook, in a folder named by what is wanted."""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genhook"
# A compiler may be among what is run.
INSTALL_S = 2400
SAID_EVERY_S = 10.0
# The steps of a compilation, as ninja counts them: [34/82].
COMPILED = re.compile(rb"\[(\d+)/(\d+)\]")
SHOWN_LINES = 40


def installed(name: str, wanted: Path | Sequence[Path], make: Callable[[Path], None], flags: str = "") -> Path:
    """The folder that `make` filled once for this version of the `wanted` files and of the `flags` it is made with."""
    folder = _folder(name, wanted, flags)
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        making.mkdir(parents=True)
        try:
            make(making)
            making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return folder


def is_installed(name: str, wanted: Path) -> bool:
    """Tell whether what this version of the file `wanted` names is there already."""
    return _folder(name, wanted).exists()


def _folder(name: str, wanted: Path | Sequence[Path], flags: str = "") -> Path:
    files = [wanted] if isinstance(wanted, Path) else wanted
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files) + flags.encode())
    return CACHE / f"{name}-{digest.hexdigest()[:16]}"


def python_with(
    name: str, wanted: Path, environment: Mapping[str, str] | None = None, others: Sequence[Path] = ()
) -> Path:
    """The interpreter of a venv with the packages of a requirements file.

    Below the line `# --no-deps` of that file stand packages that are installed without what they declare. Made anew
    where the `environment` of a compilation or one of the `others`, which it reads, has changed.
    """

    def make(folder: Path) -> None:
        venv.create(folder)
        whole, _, alone = wanted.read_text().partition("# --no-deps")
        _packages(folder, name, [], whole, environment or {})
        if alone:
            _packages(folder, name, ["--no-deps"], alone, environment or {})

    # The same in every clone.
    flags = "" if environment is None else repr(sorted(environment.items())).replace(str(wanted.parent), "")
    return installed(name, [wanted, *others], make, flags) / "bin" / "python"


def _packages(
    folder: Path, name: str, options: Sequence[str], requirements: str, environment: Mapping[str, str]
) -> None:
    file = folder / "requirements.txt"
    file.write_text(requirements)
    uv = str(Path(sys.executable).with_name("uv"))
    words = [uv, "pip", "install", "-v", "--python", str(folder / "bin" / "python"), *options, "-r", str(file)]
    said_while(name, words, folder, environment)


def said_while(
    name: str, words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, within_s: float = 0
) -> None:
    """Run a command that takes minutes, and say every 10 s how far it is; at the end of `within_s` it is killed.

    Raises AssertionError with its last lines where it fails.
    """
    limit = within_s or INSTALL_S
    log, began = folder / "install.log", time.monotonic()
    with log.open("wb") as output:
        running = subprocess.Popen(
            words, cwd=folder, stdout=output, stderr=output, env={**os.environ, **(environment or {})},
            start_new_session=True,
        )  # fmt: skip
    try:
        while True:
            spent = time.monotonic() - began
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(min(SAID_EVERY_S, max(0.0, limit - spent)))
            if running.poll() is not None:
                break
            assert time.monotonic() - began < limit, f"{name} is not installed after {limit:.0f} s: {_end_of(log)}"
            print(f"{name}: {_reached(log)} after {time.monotonic() - began:.0f} s", flush=True)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    assert running.returncode == 0, f"{name} can't be installed: {_end_of(log)}"


def _reached(log: Path) -> str:
    steps = COMPILED.findall(log.read_bytes())
    return f"compiled {int(steps[-1][0])} of {int(steps[-1][1])} parts" if steps else "installing"


def _end_of(log: Path) -> str:
    lines: Iterable[str] = log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
    return "\n".join(line[:300] for line in lines)
