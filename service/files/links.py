"""Links to the service's own files, made from the files' rows: a private one is signed, for its account only.

An output tells of a file by a `FileLink`, never by text that would have to be recognised. When a run is stored, the
places of its links are stored beside the output (`run_bodies.links`); when it is read, those places get links made
anew from the rows that the files have by then. No other text of an output is looked at.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import orjson
from sqlalchemy import ColumnElement, Connection, select, update

from service.accounts.crypt import Vault
from service.store.clock import now
from service.store.tables import files

LIVES_S = 24 * 3600


class FileLink(str):
    """The URL of one of the service's files in an output. `path` is the file's public path, without a leading slash."""

    __slots__ = ("path",)
    path: str

    def __new__(cls, url: str, path: str) -> "FileLink":
        """`url` is what readers see."""
        link = super().__new__(cls, url)
        link.path = path
        return link

    def at(self, address: str) -> "FileLink":
        """The same link at another address of the service, which has no slash at its end; relative where it was."""
        base = urlsplit(address).path if self.startswith("/") else address
        _, mark, query = self.partition("?")
        return FileLink(f"{base}/{quote(self.path)}{mark}{query}", self.path)

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Keep the path in copies."""
        return str(self), self.path


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """A run's output as it is stored: `output`, its links unsigned, and `links`, the places that they have in it."""

    output: str | None
    links: str | None


def stored(output: Any) -> StoredOutput:
    """Serialise an output, with the places of its links; what is stored carries no signature."""
    try:
        # Links are a subclass of text, which is not written so: most outputs have none, and are not looked through.
        return StoredOutput(orjson.dumps(output, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode(), None)
    except TypeError:
        places: list[dict[str, Any]] = []
        unsigned = _unsigned(output, (), places)
        return StoredOutput(orjson.dumps(unsigned).decode(), orjson.dumps(places).decode() if places else None)


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks links. `base_url` is the service's own address, without a slash at its end."""

    vault: Vault
    base_url: str

    def public(self, path: str) -> FileLink:
        """The absolute link of a file that needs no signature."""
        return FileLink(f"{self.base_url}/{quote(path)}", path)

    def signed(self, path: str, version: int) -> FileLink:
        """The absolute link of the reader's own private file, good for a day."""
        expires = now() // 1000 + LIVES_S
        signature = self.vault.sign(_signed_text(path, version, expires))
        query = urlencode({"expires": expires, "signature": signature})
        return FileLink(f"{self.public(path)}?{query}", path)

    def relative(self, link: FileLink) -> FileLink:
        """The same link without scheme and host, as Generor's document shows it."""
        return FileLink(urlsplit(link)._replace(scheme="", netloc="").geturl(), link.path)

    def verified(self, path: str, version: int, query: str) -> bool:
        """Tell if the query of a request for this file holds a signature that is still good."""
        members = parse_qs(query)
        expires, signature = members.get("expires", [""])[0], members.get("signature", [""])[0]
        # Only a signed number is read as one: a caller's own may be too long for that.
        return self.vault.verify(_signed_text(path, version, expires), signature) and int(expires) >= now() // 1000

    def of(self, db: Connection, reader: str | None, paths: Iterable[str]) -> dict[str, FileLink]:
        """The links of these files for the account that reads (None: without a key)."""
        wanted = set(paths)
        private = _private(db, wanted)
        return {path: self._link(path, reader, private) for path in wanted}

    def restored(
        self, db: Connection, outputs: Sequence[tuple[str, StoredOutput]], read: Callable[[str], Any] = orjson.loads
    ) -> list[Any]:
        """Stored outputs as the accounts beside them read them now, with links made anew; one without as `read`."""
        placed = [[] if one.links is None else orjson.loads(one.links) for _, one in outputs]
        paths = {place["path"] for places in placed for place in places}
        private = _private(db, paths) if paths else {}
        restored = []
        for (reader, one), places in zip(outputs, placed, strict=True):
            output = None if one.output is None else orjson.loads(one.output) if places else read(one.output)
            for place in places:
                self._restore(output, place["at"], self._link(place["path"], reader, private))
            restored.append(output)
        return restored

    def _link(self, path: str, reader: str | None, private: Mapping[str, Any]) -> FileLink:
        """Signed where the file is private and the reader's own; else the plain link, which answers 404 if private."""
        row = private.get(path)
        is_own = row is not None and row.account_id == reader
        return self.signed(path, row.link_version) if row is not None and is_own else self.public(path)

    def _restore(self, output: Any, at: Sequence[str | int], link: FileLink) -> None:
        """Put the link at its place, relative where it was."""
        holder = output
        for step in at[:-1]:
            holder = holder[step]
        holder[at[-1]] = self.relative(link) if holder[at[-1]].startswith("/") else link


def moved(value: Any, address: str) -> Any:
    """The value with its links, known by their type, at another address of the service."""
    if isinstance(value, FileLink):
        return value.at(address)
    if isinstance(value, Mapping):
        return {name: moved(member, address) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [moved(member, address) for member in value]
    return value


def set_private(db: Connection, which: ColumnElement[bool], private: bool) -> None:
    """Make files private or public. A change ends every link that was signed before it, now and for good."""
    changed = files.c.private != private
    values = {"private": private, "link_version": files.c.link_version + 1}
    db.execute(update(files).where(which, changed).values(**values))


def _private(db: Connection, paths: Collection[str]) -> dict[str, Any]:
    """Owner and link version of those of the files that are private."""
    if not paths:
        return {}
    columns = (files.c.path, files.c.account_id, files.c.link_version)
    rows = db.execute(select(*columns).where(files.c.path.in_(paths), files.c.private))
    return {row.path: row for row in rows}


def _signed_text(path: str, version: int, expires: int | str) -> str:
    """Build the text to sign. A file whose privacy never changed is signed as before versions were counted."""
    return f"/{path}\n{expires}\n{version}" if version else f"/{path}\n{expires}"


def _unsigned(value: Any, at: tuple[str | int, ...], places: list[dict[str, Any]]) -> Any:
    """The value with its links, known by their type, as plain text without their queries; adds each one's place."""
    if isinstance(value, FileLink):
        places.append({"at": at, "path": value.path})
        return value.partition("?")[0]
    if isinstance(value, Mapping):
        return {name: _unsigned(member, (*at, name), places) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_unsigned(member, (*at, number), places) for number, member in enumerate(value)]
    return value
