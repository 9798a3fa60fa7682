"""Reading files: who may, and with which headers."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from service.errors import NotFound
from service.files.links import Links
from service.files.naming import disposition
from service.store.clock import now
from service.store.objects import ObjectStore
from service.store.tables import files

# Types that a browser would run as a page of this service's origin are handed out as downloads.
ACTIVE_TYPES = {"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"}


@dataclass(frozen=True, slots=True)
class Download:
    """A file that may be handed out: its bytes are at `local` on this machine, or under `object` in the storage.

    `headers` are those of every answer to it, whole, in part or unchanged; `etag` is without quotes.
    """

    object: str
    local: Path | None
    size: int
    content_type: str
    etag: str
    headers: Mapping[str, str]


def download(
    db: Connection, objects: ObjectStore, links: Links, path: str, query: str, reader: Callable[[], str | None]
) -> Download:
    """Find the file at a public path, for a request with this query string.

    `reader` tells the account whose key came with the request, and is asked only where it matters. Raises NotFound for
    what is not there, and what is private and neither signed for nor the reader's.
    """
    row = None if "\0" in path else db.execute(select(files).where(files.c.path == path)).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at < now()):
        raise _absent()
    if row.private and not links.verified(path, row.link_version, query) and reader() != row.account_id:
        raise _absent()
    etag = hashlib.sha256(row.object.encode()).hexdigest()[:32]
    return Download(row.object, objects.local_path(row.object), row.size, row.content_type, etag, _headers(row))


def _headers(row: Row[*tuple[Any, ...]]) -> dict[str, str]:
    return {
        "Content-Type": row.content_type,
        "Content-Disposition": disposition(row.path, download=row.content_type in ACTIVE_TYPES),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        # Caches ask again each time: a public file may be private or gone by then.
        "Cache-Control": "private, no-store" if row.private else "public, no-cache",
    }


def _absent() -> NotFound:
    return NotFound("There is no such file.")
