"""Reading a request's body before any thread is taken: bounded, and on disk where it is large."""

import io
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from service.errors import RequestTimeout, ServiceError
from service.web.edge.exchange import Exchange

# A body within this is read whoever sends it; for more it is asked who that is.
FOR_ANYBODY = 64 * 1024
IN_MEMORY = 1024 * 1024
Receive = Callable[[], Awaitable[Any]]


@dataclass(slots=True)
class Body:
    """A body as far as it was read, and why no further. `complete` where the caller has sent all of it."""

    parts: list[bytes] = field(default_factory=list)
    length: int = 0
    fault: ServiceError | None = None
    complete: bool = False
    _file: BinaryIO | None = None

    def add(self, part: bytes) -> None:
        """Keep a part, on disk from the first megabyte on."""
        self.length += len(part)
        if self._file is not None:
            self._file.write(part)
            return
        self.parts.append(part)
        if self.length > IN_MEMORY:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 — closed by close()
            self._file.writelines(self.parts)
            self.parts.clear()

    def opened(self) -> BinaryIO:
        """The body as a stream, from its beginning."""
        if self._file is None:
            return io.BytesIO(b"".join(self.parts))
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Give up its file."""
        if self._file is not None:
            self._file.close()


class CallerLeft(Exception):
    """The connection ended before the request was there."""


async def read(
    receive: Receive, exchange: Exchange, told: int | None, limit_of: Callable[[], Awaitable[tuple[int, ServiceError]]]
) -> Body:
    """The request's body, or what there was of it and the fault.

    `told` is its Content-Length; `limit_of` says, once more than anybody may send is coming, what this caller may send
    here and how more is refused. Raises CallerLeft.
    """
    body, limit, refusal = Body(), FOR_ANYBODY, None
    expected = told or 0
    while True:
        if max(expected, body.length) > limit:
            if refusal is None:
                limit, refusal = await limit_of()
                continue
            body.fault = refusal
            return body
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            raise CallerLeft
        if message["body"]:
            body.add(message["body"])
        if not message.get("more_body"):
            body.complete = True
            if body.length <= limit:
                return body
        elif exchange.stalled:
            body.fault = RequestTimeout(
                "The body came too slowly: send at least 8 KB a second, without a pause of 10 s."
            )
            return body
