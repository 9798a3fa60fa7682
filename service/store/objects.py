"""Object storage: a folder or an S3 bucket behind one interface (obstore). Keys are `objects/<run>/<fence>/<n>`."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CHUNK = 1024 * 1024


class ObjectStore:
    """The bytes of made and uploaded files, by their keys."""

    def __init__(self, url: str) -> None:
        """`url` is `file:///folder` or `s3://bucket/prefix` (credentials from AWS's usual variables)."""
        parts = urlsplit(url)
        self._url = parts
        self._folder: Path | None = None
        if parts.scheme == "file":
            # A folder's name may hold what would end a path in a URL.
            self._folder = Path(url.removeprefix("file://"))
            self._folder.mkdir(parents=True, exist_ok=True)
        elif parts.scheme != "s3":
            raise ValueError(f"STORAGE_URL must begin with file:// or s3://, not {url!r}")

    @cached_property
    def _store(self) -> Any:
        """The store, opened at its first use: a process that only accepts texts is spared the library's 5 MB."""
        from obstore.store import LocalStore, S3Store

        if self._folder is not None:
            return LocalStore(self._folder, automatic_cleanup=True)
        return S3Store(self._url.netloc, prefix=self._url.path.strip("/") or None)

    def put(self, key: str, source: Path | bytes) -> int:
        """Store a local file, streamed, or bytes; answers its size in bytes."""
        if isinstance(source, bytes):
            self._store.put(key, source)
            return len(source)
        with source.open("rb") as stream:
            self._store.put(key, stream)
        return source.stat().st_size

    def local_path(self, key: str) -> Path | None:
        """Name the file on this machine that holds `key`; None where objects are kept elsewhere."""
        return None if self._folder is None else self._folder / key

    def size(self, key: str) -> int:
        """Count the bytes stored under `key`. Raises FileNotFoundError."""
        return int(self._store.head(key)["size"])

    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Read `key` from `start` up to `end` (exclusive), in chunks. Raises FileNotFoundError."""
        stop = self.size(key) if end is None else end
        for begin in range(start, stop, CHUNK):
            yield bytes(self._store.get_range(key, start=begin, end=min(begin + CHUNK, stop)))

    async def read(self, key: str, start: int, end: int) -> bytes:
        """The bytes of `key` from `start` up to `end` (exclusive), for an event loop. Raises FileNotFoundError."""
        return bytes(await self._store.get_range_async(key, start=start, end=end))

    def save(self, key: str, destination: Path) -> None:
        """Copy `key` into a local file. Raises FileNotFoundError."""
        with destination.open("wb") as file:
            for chunk in self.stream(key):
                file.write(chunk)

    def delete(self, key: str) -> None:
        """Remove `key`, or everything below it where it ends with a slash; what is gone already is no error."""
        keys = [key]
        if key.endswith("/"):
            keys = [entry["path"] for batch in self._store.list(prefix=key) for entry in batch]
        for one in keys:
            with suppress(FileNotFoundError):
                self._store.delete(one)
