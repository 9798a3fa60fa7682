"""Media that callers point at: checked when a run is accepted, fetched when it is worked on.

The service's own file URLs are read from storage, never fetched, and belong to their account unless public; a `data:`
URL is its own media.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection, Row, select

from service.errors import AddressRefused, ReferenceUnreachable, ValidationError, told_at
from service.files import data_urls
from service.files.links import Links
from service.net.client import MediaClient
from service.net.guard import Guard
from service.net.media_types import type_of
from service.net.urls import parse
from service.providers.base import Reference
from service.store.clock import now
from service.store.database import Database
from service.store.objects import ObjectStore
from service.store.tables import files

LIMIT_BYTES = {"video": 200_000_000, "audio": 50_000_000, "image": 30_000_000, "file": 50_000_000}
MEDIA_OF = {"video": "video", "reference_video": "video", "audio": "audio", "reference_audio": "audio", "file": "file"}
# A file of any type, which only an added API's server reads.
ANY = "file"
DEADLINE_S = 60.0
# Below these lie the service's files.
FOLDERS = ("files/", "users/")


@dataclass(frozen=True, slots=True)
class References:
    """Access to references: the guard, the client behind it, the storage, this service's own address, and its links."""

    guard: Guard
    client: MediaClient
    objects: ObjectStore
    own_url: str
    links: Links

    def own_path(self, url: str) -> str | None:
        """Find the public path where `url` is a file of this service, however it is spelled; else None."""
        try:
            asked, own = parse(url), parse(self.own_url)
        except AddressRefused:
            return None
        if (asked.scheme, asked.host, asked.port) != (own.scheme, own.host, own.port):
            return None
        path = unquote(asked.target.partition("?")[0])
        below = unquote(own.target).rstrip("/") + "/"
        return path.removeprefix(below) if path.startswith(below) and path[len(below) :].startswith(FOLDERS) else None

    def check(self, db: Connection, account_id: str, reference: Reference) -> None:
        """Refuse what may not be reached, or is no media of its kind as far as that is known.

        Raises AddressRefused, ReferenceUnreachable, or ValidationError for a file that isn't there.
        """
        if data_urls.is_inline(reference.url):
            inline_media(reference)
            return
        path = self.own_path(reference.url)
        if path is None:
            self._check_address(account_id, reference)
            return
        row = _readable(db, account_id, path)
        if row is None:
            raise ValidationError.at(
                "", f"There is no file {data_urls.named(reference.url)} that this account may read."
            )
        _check_media(reference, row.content_type)
        _check_size(reference, row.size)

    def _check_address(self, account_id: str, reference: Reference) -> None:
        """Refuse an address, saying which: several references may have been sent. Raises ValidationError."""
        url = reference.url
        try:
            self.guard.check_url(url, account=account_id)
            at = parse(url)
        except AddressRefused as refusal:
            raise AddressRefused.at("", f"{data_urls.named(url)}: {refusal.message}") from None
        if reference.https_only and at.scheme != "https" and not self.guard.allows(at.host, account_id):
            raise ValidationError.at("", f"{data_urls.named(url)}: must be an https URL")

    def is_elsewhere(self, reference: Reference) -> bool:
        """Tell whether its media has to be fetched from another server."""
        return not data_urls.is_inline(reference.url) and self.own_path(reference.url) is None

    def fetch(self, database: Database, account_id: str, reference: Reference, destination: Path) -> Reference:
        """Bring a local copy of the reference. Raises ReferenceUnreachable or AddressRefused, at its member."""
        with told_at(reference.at):
            return self._brought(database, account_id, reference, destination)

    def _brought(self, database: Database, account_id: str, reference: Reference, destination: Path) -> Reference:
        if reference.object is not None:
            self.objects.save(reference.object, destination)
            return replace(reference, path=destination)
        if data_urls.is_inline(reference.url):
            media, content_type = inline_media(reference)
            destination.write_bytes(media)
            return replace(reference, path=destination, content_type=content_type)
        path = self.own_path(reference.url)
        if path is None:
            return self._fetched(account_id, reference, destination)
        with database.read() as db:
            row = _readable(db, account_id, path)
            links = self.links.of(db, account_id, [path])
        if row is None:
            raise ValidationError.at("", f"The file {data_urls.named(reference.url)} is gone.")
        _check_media(reference, row.content_type)
        self.objects.save(row.object, destination)
        # Some providers fetch films and sounds themselves, and what came inside a request has no signature yet.
        return replace(reference, path=destination, content_type=row.content_type, url=str(links[path]))

    def _fetched(self, account_id: str, reference: Reference, destination: Path) -> Reference:
        fetched = self.client.fetch_media(
            reference.url,
            limit_bytes=limit_of(reference),
            deadline_s=DEADLINE_S,
            destination=destination,
            account=account_id,
            of_any_type=_media(reference) == ANY,
        )
        _check_media(reference, fetched.content_type)
        return replace(reference, path=fetched.path, content_type=fetched.content_type)


def limit_of(reference: Reference) -> int:
    """Return how many bytes such a reference may have."""
    return LIMIT_BYTES[_media(reference)]


def inline_media(reference: Reference) -> tuple[bytes, str]:
    """Decode the media of a `data:` URL, with its type by its first bytes. Raises ReferenceUnreachable."""
    media = data_urls.content(reference.url, limit_of(reference))
    content_type = type_of(media)
    if content_type is None and _media(reference) == ANY:
        content_type = data_urls.media_type(reference.url)
    if content_type is None:
        known = "a picture, clip or sound of a known format"
        raise ReferenceUnreachable.at("", f"{data_urls.named(reference.url)} is not {known}.")
    _check_media(reference, content_type)
    return media, content_type


def _media(reference: Reference) -> str:
    return MEDIA_OF.get(reference.role, "image")


def _check_media(reference: Reference, content_type: str) -> None:
    wanted = _media(reference)
    if wanted != ANY and not content_type.startswith(f"{wanted}/"):
        raise ReferenceUnreachable.at("", f"{data_urls.named(reference.url)} is {content_type}, not {wanted}.")


def _check_size(reference: Reference, size: int) -> None:
    limit = limit_of(reference)
    if size > limit:
        raise ReferenceUnreachable.at(
            "", f"{data_urls.named(reference.url)} has {size:,} bytes; {limit:,} are allowed here."
        )


def _readable(db: Connection, account_id: str, path: str) -> Row[*tuple[Any, ...]] | None:
    """The file's row, where the account may read it."""
    columns = (files.c.object, files.c.content_type, files.c.size, files.c.account_id, files.c.private)
    row = db.execute(select(*columns, files.c.expires_at).where(files.c.path == path)).one_or_none()
    if row is None or (row.private and row.account_id != account_id):
        return None
    return None if row.expires_at is not None and row.expires_at < now() else row
