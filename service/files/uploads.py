"""Uploads: files that a caller sends, by themselves or inside a request, private to the account and kept a day."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from service.catalog import load
from service.errors import PayloadTooLarge, StorageLimitExceeded, ValidationError
from service.files.links import FileLink, Links
from service.files.naming import file_name, name_of_type, upload_object, upload_path
from service.files.removal import delete_later, keep_object, remove_files
from service.files.storage import check_room, claim_room
from service.net.client import UNKNOWN_TYPE
from service.net.media_types import type_of
from service.store.clock import new_id, now
from service.store.database import Database
from service.store.objects import ObjectStore
from service.store.tables import files
from service.store.upsert import upsert

UPLOAD_BYTES = 100 * 1024 * 1024
PIECE = 1 << 20
KEPT_MS = 24 * 3600 * 1000
# Longer than any object takes to be written; one that no row was entered for by then is deleted.
WRITTEN_WITHIN_MS = 3600 * 1000


@dataclass(frozen=True, slots=True)
class Uploads:
    """Keeps what callers send."""

    database: Database
    objects: ObjectStore
    links: Links

    def check_room(self, account_id: str, size: int = 1) -> None:
        """Refuse an upload before it is read. Raises StorageLimitExceeded."""
        with self.database.read() as db:
            check_room(db, load(), account_id, size)

    def keep(self, account_id: str, local: Path, name: str) -> FileLink:
        """Keep a sent file under its name; its signed link.

        Raises ValidationError for an empty file, PayloadTooLarge, StorageLimitExceeded.
        """
        size = local.stat().st_size
        if size == 0:
            raise ValidationError.at("/file", "file is empty")
        if size > UPLOAD_BYTES:
            raise PayloadTooLarge(f"A file may have {UPLOAD_BYTES} bytes at most.")
        content_type = type_of(local) or UNKNOWN_TYPE
        path = upload_path(new_id("file"), file_name(name))
        self._store(account_id, path, local, size, content_type)
        return self.links.signed(path, 0)

    def keep_media(self, account_id: str, media: bytes | Path, content_type: str) -> FileLink:
        """Keep media that came inside a request, or a copy of what a caller gave; its unsigned link.

        The same media again is the same file, kept a day from then: a conversation that sends a picture at each of
        its turns fills no more than one. Raises StorageLimitExceeded.
        """
        path = upload_path(f"data_{_digest(account_id, media)[:32]}", name_of_type(content_type))
        if not self.database.write(lambda db: _renewed(db, path)):
            size = len(media) if isinstance(media, bytes) else media.stat().st_size
            self._store(account_id, path, media, size, content_type)
        return self.links.public(path)

    def _store(self, account_id: str, path: str, source: Path | bytes, size: int, content_type: str) -> None:
        """Write the object, and enter its row: an object without one is deleted in an hour."""
        key, moment = upload_object(new_id("file")), now()
        row = {
            "path": path,
            "account_id": account_id,
            "object": key,
            "content_type": content_type,
            "size": size,
            "private": True,
            "created_at": moment,
            "expires_at": moment + KEPT_MS,
        }

        def announce(db: Connection) -> None:
            check_room(db, load(), account_id, size)
            delete_later(db, [key], moment + WRITTEN_WITHIN_MS)

        self.database.write(announce)
        try:
            self.objects.put(key, source)
            self.database.write(lambda db: self._enter(db, row))
        except StorageLimitExceeded:
            self.database.write(lambda db: delete_later(db, [key]))
            raise

    def _enter(self, db: Connection, row: dict[str, Any]) -> None:
        """Enter the row and count it, unless another request has just kept the same media."""
        this = files.c.path == row["path"]
        if not _renewed(db, row["path"]):
            # One whose day is over, and that nobody has swept yet.
            remove_files(db, row["account_id"], this)
            upsert(db, files, ["path"], row)
        if db.execute(select(files.c.object).where(this)).scalar_one() != row["object"]:
            delete_later(db, [row["object"]])
            return
        claim_room(db, load(), row["account_id"], row["size"])
        keep_object(db, row["object"])


def _digest(account_id: str, media: bytes | Path) -> str:
    """Name media by what is in it, for one account: two accounts share no file."""
    digest = hashlib.sha256(account_id.encode() + b"\0")
    with BytesIO(media) if isinstance(media, bytes) else media.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _renewed(db: Connection, path: str) -> bool:
    """Keep a file for a day more; False where it is not there, or no longer."""
    moment = now()
    kept = (files.c.path == path) & (files.c.expires_at >= moment)
    return bool(db.execute(update(files).where(kept).values(expires_at=moment + KEPT_MS)).rowcount)
