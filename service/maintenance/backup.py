"""Backups of an installation on SQLite: one archive of the database and the stored files, made while it serves.

The database is copied first, as it was at one moment; the files after it. What was stored in between is in the archive
without a row, which harms nobody. The secret key and owner.json are left out: who has the archive alone can read no
secret in it.
"""

import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy.engine import make_url

from service import __version__
from service.config import Settings
from service.store import data_dir_lock
from service.store.clock import iso, now
from service.store.data_dir_lock import StartRefused

DATABASE, STORAGE, MANIFEST = "genhook.db", "storage", "manifest.json"
LEFT_OUT = ("secret.key", "owner.json")
# What a data dir may hold and still be restored into.
BESIDE = frozenset(("secret.key", "up.lock", "processes.lock"))


class BackupRefused(RuntimeError):
    """A backup or restore that can't be done here; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Archived:
    """The contents of an archive; `bytes` is the archive's own size, 0 where it was read."""

    file: str
    bytes: int
    files: int


def backup(settings: Settings, target: Path) -> Archived:
    """Write the archive, readable by its owner only. Raises BackupRefused for PostgreSQL, and where a file is there."""
    database = _database(settings)
    if target.exists():
        raise BackupRefused(f"{target} is there already; name another file.")
    if not database.exists():
        raise BackupRefused(f"There is no database at {database} yet.")
    fresh = target.with_name(f"{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            copied = Path(folder) / DATABASE
            _copy_database(database, copied)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                count = _write(file.fileno(), copied, _storage(settings), exclude={target.resolve(), fresh.resolve()})
        fresh.replace(target)
    except (sqlite3.Error, OSError) as error:
        fresh.unlink(missing_ok=True)
        why = error.strerror if isinstance(error, OSError) else error
        raise BackupRefused(
            f"The backup can't be written to {target.parent.resolve()}: {why}. It takes room for the database twice "
            "and for the stored files; name a FILE on another disk."
        ) from None
    return Archived(str(target), target.stat().st_size, count)


def restore(folder: Path, source: Path) -> Archived:
    """Fill an empty data dir from the archive. Raises BackupRefused where it isn't empty, is used, or is no backup."""
    left = {path.name for path in folder.iterdir()} - BESIDE if folder.is_dir() else set()
    if left:
        raise BackupRefused(f"{folder} is not empty ({', '.join(sorted(left)[:3])}); restore into an empty data dir.")
    try:
        with data_dir_lock.held(folder):
            part = folder / "restore.part"
            try:
                return _restore(folder, source, part)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except StartRefused as refused:
        raise BackupRefused(str(refused)) from None


def _database(settings: Settings) -> Path:
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise BackupRefused(
            "This installation is on PostgreSQL: back it up with pg_dump --format=custom, restore with pg_restore, and "
            "copy the storage beside it, as deploy/README.md says."
        )
    return Path(url.database)


def _storage(settings: Settings) -> Path | None:
    """The folder of stored files; None where they lie in a bucket, which has its own ways."""
    url = settings.storage
    return Path(url.removeprefix("file://")) if url.startswith("file://") else None


def _copy_database(database: Path, copied: Path) -> None:
    """Copy it as it is at one moment; nobody who writes meanwhile waits."""
    with closing(sqlite3.connect(database)) as found, closing(sqlite3.connect(copied)) as made:
        found.backup(made)
        # The copy stands alone: no -wal beside it.
        made.execute("PRAGMA journal_mode=DELETE")


def _write(descriptor: int, database: Path, storage: Path | None, exclude: set[Path]) -> int:
    count = 0
    with os.fdopen(os.dup(descriptor), "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        manifest = orjson.dumps({"genhook": __version__, "made_at": iso(now()), "storage": storage is not None})
        _add_bytes(archive, MANIFEST, manifest)
        archive.add(database, DATABASE, filter=_anonymous)
        for path in _files(storage) if storage else ():
            if path.resolve() not in exclude and _add_file(archive, path, storage):
                count += 1
    return count


def _files(storage: Path) -> Iterator[Path]:
    return (path for path in storage.rglob("*") if path.is_file() and not path.is_symlink())


def _add_file(archive: tarfile.TarFile, path: Path, storage: Path | None) -> bool:
    """Add one file; one that was deleted meanwhile is left out."""
    assert storage is not None
    try:
        archive.add(path, f"{STORAGE}/{path.relative_to(storage).as_posix()}", filter=_anonymous)
    except FileNotFoundError:
        return False
    return True


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = len(content), 0o600, int(time.time())
        archive.addfile(entry, file)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def _restore(folder: Path, source: Path, part: Path) -> Archived:
    try:
        with tarfile.open(source) as archive:
            archive.extractall(part, members=_ours(archive), filter="data")
    except tarfile.TarError:
        raise BackupRefused(f"{source} can't be read as a backup: it is no tar archive, or was cut off.") from None
    except OSError as error:
        raise BackupRefused(f"{source} can't be restored into {folder}: {error.strerror or error}.") from None
    if not {DATABASE, MANIFEST} <= {path.name for path in part.iterdir()}:
        raise BackupRefused(f"{source} is no backup of Genhook: it holds no {DATABASE}.")
    _check(part / DATABASE, source)
    count = sum(path.is_file() for path in (part / STORAGE).rglob("*"))
    for name in (STORAGE, DATABASE):
        if (part / name).exists():
            (part / name).replace(folder / name)
    return Archived(str(source), 0, count)


def _ours(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Pass over whatever no backup holds: links, devices, and files of other names."""
    for entry in archive:
        if entry.isfile() and (entry.name in (DATABASE, MANIFEST) or entry.name.startswith(f"{STORAGE}/")):
            yield entry


def _check(database: Path, source: Path) -> None:
    with closing(sqlite3.connect(database)) as found:
        try:
            (answer,) = found.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            answer = str(error)
    if answer != "ok":
        raise BackupRefused(f"The database in {source} is damaged: {answer}")
