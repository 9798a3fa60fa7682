"""Building the packs: every package in this room that offers `build` makes one folder of `packs/`.

A pack's `build(definitions)` answers with its files, path from the pack's folder -> content.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path

from service import packs
from service.config.bundle import INSTALLED, PACKS
from service.definitions import Definitions

FOLDER = Path("packs") if INSTALLED else PACKS
Builder = Callable[[Definitions], Mapping[str, bytes]]


def builders() -> dict[str, Builder]:
    """Every pack's builder by the name of its folder."""
    modules = [
        importlib.import_module(f"{packs.__name__}.{found.name}")
        for found in pkgutil.iter_modules(packs.__path__)
        if found.ispkg
    ]
    return {module.__name__.rpartition(".")[2]: module.build for module in modules if hasattr(module, "build")}


def write(pack: Path, files: Mapping[str, bytes]) -> None:
    """Make the pack's folder say `files`. A folder below it that holds one of them holds nothing else."""
    for path in _left_over(pack, files):
        path.unlink()
    for name, content in files.items():
        path = pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def stale(pack: Path, files: Mapping[str, bytes]) -> list[str]:
    """The paths at which the folder differs from `files`."""
    differing = [
        name for name, content in files.items() if not (pack / name).exists() or (pack / name).read_bytes() != content
    ]
    return sorted(differing + [str(path.relative_to(pack)) for path in _left_over(pack, files)])


def _left_over(pack: Path, files: Mapping[str, bytes]) -> list[Path]:
    owned = {(pack / name).parent for name in files} - {pack}
    known = {pack / name for name in files}
    return [
        path for parent in owned if parent.is_dir() for path in parent.iterdir() if path.is_file() and path not in known
    ]
