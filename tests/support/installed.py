"""Programs of others that tests run: installed once under ~/.cache/genhook, in a folder named by what is wanted."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genhook"
# A compiler may be among what is run.
INSTALL_S = 3600


def installed(name: str, wanted: Path, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled for this version of the file `wanted`, once."""
    folder = _folder(name, wanted)
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


def _folder(name: str, wanted: Path) -> Path:
    return CACHE / f"{name}-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]}"


def python_with(name: str, wanted: Path, environment: Mapping[str, str] | None = None) -> Path:
    """The interpreter of a venv with the packages of a requirements file.

    Below the line `# --no-deps` of that file stand packages that are installed without what they declare.
    """
    given = {**os.environ, **(environment or {})}

    def make(folder: Path) -> None:
        venv.create(folder)
        whole, _, alone = wanted.read_text().partition("# --no-deps")
        _pip(folder, [], whole, given)
        if alone:
            _pip(folder, ["--no-deps"], alone, given)

    return installed(name, wanted, make) / "bin" / "python"


def _pip(folder: Path, options: list[str], requirements: str, environment: Mapping[str, str]) -> None:
    file = folder / "requirements.txt"
    file.write_text(requirements)
    uv = str(Path(sys.executable).with_name("uv"))
    # At the lowest priority: some packages are compiled, for minutes, while tests of others watch the clock.
    words = ["nice", "-n", "19", uv, "pip", "install", "-q", "--python", str(folder / "bin" / "python")]
    subprocess.run([*words, *options, "-r", str(file)], check=True, timeout=INSTALL_S, env=dict(environment))
