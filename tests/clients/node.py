"""The Node clients, installed once in a folder of their own; a script that is copied into it finds them."""

import shutil
import subprocess
from pathlib import Path

from tests.support.installed import installed

HERE = Path(__file__).parent


def node_clients() -> Path:
    """The folder where they are installed."""
    return installed("clients-node", HERE / "package-lock.json", _install)


def _install(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=300)
