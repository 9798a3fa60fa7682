"""A stored object as the body of an answer: the edge sends it piece by piece, without a thread and without holding it.

Under Flask's test client, or any other WSGI server, it is an iterable like any other.
"""

from collections.abc import AsyncIterator, Iterator

from service.store.objects import ObjectStore
from service.web.edge.wsgi import ReadyBody

CHUNK = 128 * 1024


class StoredBytes(ReadyBody):
    """The bytes of the object `key` from `start` up to `stop`."""

    def __init__(self, objects: ObjectStore, key: str, start: int, stop: int) -> None:
        self._objects, self._key, self._start, self._stop = objects, key, start, stop

    def __iter__(self) -> Iterator[bytes]:
        """Read them in this thread."""
        return self._objects.stream(self._key, self._start, self._stop)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read them as they are wanted, from a folder or a bucket."""
        for begin in range(self._start, self._stop, CHUNK):
            yield await self._objects.read(self._key, begin, min(begin + CHUNK, self._stop))
