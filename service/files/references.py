"""Media that callers point at: checked when a run is accepted, fetched when it is worked on.

The service's own file URLs are read from storage, never fetched, and belong to their account unless public; a `data:`
URL is its own media.
Source: contract, section 4.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import filetype
from sqlalchemy import Connection, select

from service.errors import AddressRefused, ReferenceUnreachable, ValidationError
from service.files import data_urls
from service.net.client import MediaClient
from service.net.guard import Guard
from service.net.urls import AROUND, parse
from service.providers.base import Reference
from service.store.clock import now
from service.store.database import Database
from service.store.objects import ObjectStore
from service.store.tables import files

LIMIT_BYTES = {"video": 200_000_000, "reference_video": 200_000_000, "audio": 50_000_000, "reference_audio": 50_000_000}
IMAGE_BYTES = 30_000_000
MEDIA_OF = {"video": "video", "reference_video": "video", "audio": "audio", "reference_audio": "audio"}
DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class References:
    """What reaches references: the guard, the client behind it, the storage, and this service's own address."""

    guard: Guard
    client: MediaClient
    objects: ObjectStore
    own_url: str

    def own_path(self, url: str) -> str | None:
        """The public path, where `url` is a file of this service."""
        try:
            parts, own = urlsplit(url.strip(AROUND)), urlsplit(self.own_url)
        except ValueError:
            return None
        if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            return None
        path = parts.path.lstrip("/")
        return path if path.startswith(("files/", "users/")) else None

    def check(self, db: Connection, account_id: str, reference: Reference) -> None:
        """Refuse what may not be reached. Raises AddressRefused, or ValidationError for a file that isn't there."""
        if data_urls.is_inline(reference.url):
            _check_media(reference, _type_of(reference, data_urls.content(reference.url)))
            return
        path = self.own_path(reference.url)
        if path is None:
            self._check_address(account_id, reference)
        elif _object_of(db, account_id, path) is None:
            raise ValidationError.at("", f"There is no file {reference.url} that this account may read.")

    def _check_address(self, account_id: str, reference: Reference) -> None:
        """Refuse an address, saying which: several references may have been sent. Raises ValidationError."""
        url = reference.url
        try:
            self.guard.check_url(url, account=account_id)
            at = parse(url)
        except AddressRefused as refusal:
            raise AddressRefused.at("", f"{url}: {refusal.message}") from None
        if reference.https_only and at.scheme != "https" and not self.guard.allows(at.host, account_id):
            raise ValidationError.at("", f"{url}: must be an https URL")

    def fetch(self, database: Database, account_id: str, reference: Reference, destination: Path) -> Reference:
        """The reference with its local copy. Raises ReferenceUnreachable or AddressRefused."""
        if data_urls.is_inline(reference.url):
            media = data_urls.content(reference.url)
            destination.write_bytes(media)
            return replace(reference, path=destination, content_type=_type_of(reference, media))
        path = self.own_path(reference.url)
        if path is None:
            limit = LIMIT_BYTES.get(reference.role, IMAGE_BYTES)
            fetched = self.client.fetch_media(
                reference.url,
                limit_bytes=limit,
                deadline_s=DEADLINE_S,
                destination=destination,
                account=account_id,
            )
            _check_media(reference, fetched.content_type)
            return replace(reference, path=fetched.path, content_type=fetched.content_type)
        with database.read() as db:
            kept = _object_of(db, account_id, path)
        if kept is None:
            raise ValidationError.at("", f"The file {reference.url} is gone.")
        self.objects.save(kept[0], destination)
        _check_media(reference, kept[1])
        return replace(reference, path=destination, content_type=kept[1])


def _check_media(reference: Reference, content_type: str) -> None:
    wanted = MEDIA_OF.get(reference.role, "image")
    if not content_type.startswith(f"{wanted}/"):
        raise ReferenceUnreachable.at("", f"{data_urls.named(reference.url)} is {content_type}, not {wanted}.")


def _type_of(reference: Reference, media: bytes) -> str:
    """What the first bytes say, whatever the URL does."""
    kind = filetype.guess(media)
    if kind is None:
        known = "a picture, clip or sound of a known format"
        raise ReferenceUnreachable.at("", f"{data_urls.named(reference.url)} is not {known}.")
    return str(kind.mime)


def _object_of(db: Connection, account_id: str, path: str) -> tuple[str, str] | None:
    """Storage key and content type of a file that the account may read."""
    columns = (files.c.object, files.c.content_type, files.c.account_id, files.c.private, files.c.expires_at)
    row = db.execute(select(*columns).where(files.c.path == path)).one_or_none()
    if row is None or (row.private and row.account_id != account_id):
        return None
    if row.expires_at is not None and row.expires_at < now():
        return None
    return row.object, row.content_type
