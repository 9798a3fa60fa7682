"""Files that only their owner may read: every process's umask, and the modes of a data dir made without it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import structlog

UMASK = 0o077
log = structlog.get_logger("files")


def keep_private() -> None:
    """Have every file and folder that this process or its children make readable by their owner only."""
    os.umask(UMASK)


def tighten(folder: Path) -> None:
    """Take group's and others' rights from `folder` and what lies directly in it, the database among it."""
    if folder.is_dir():
        for path in (folder, *folder.iterdir()):
            _tighten(path)


def tighten_files(*paths: str) -> None:
    """Take group's and others' rights from these files, where they are there."""
    for path in paths:
        _tighten(Path(path))


def tighten_all(folder: Path) -> None:
    """Take group's and others' rights from everything below `folder`."""
    for path in _below(folder):
        _tighten(path)


def _below(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield Path(place)
        yield from (Path(place, name) for name in names)


def _tighten(path: Path) -> None:
    try:
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & UMASK and not path.is_symlink():
            path.chmod(mode & ~UMASK)
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("others may read this file, and its mode can't be changed", path=str(path), error=str(error))
