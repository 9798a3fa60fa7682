"""Read a receiver's answer as far as a callback needs it: the status line decides, whatever follows it.

Clients that read HTTP strictly fail an answer for what comes after its status: a header of 9 KB, 150 of them, two
lengths, a 204 with a body. The receiver has the post all the same, so this reader is forgiving: what can't be read ends
the reading and the connection, never the delivery.
"""

import re
from dataclasses import dataclass, field

BODY_BYTES = 4096
HEAD_BYTES = 256 * 1024
STATUS = re.compile(rb"HTTP/1\.[0-9] +([1-9][0-9]{2})(?![0-9])")
END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
INTERIM = range(100, 200)
WITHOUT_BODY = (204, 304)


class NotHttp(Exception):
    """The answer is no HTTP."""


@dataclass(slots=True)
class Reading:
    """One answer as far as it has arrived."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # All has been read, and the connection may be used again.
    complete: bool = False
    reusable: bool = False
    # The head has been read.
    at_body: bool = False
    _arrived: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        """Take what has arrived. Raises NotHttp as long as no status is known."""
        self._arrived += data
        if self.status is None:
            self._read_status()
        if self.status is not None and not self.at_body:
            self._read_head()
        if self.at_body and not self.complete:
            self._read_body()

    def _read_status(self) -> None:
        while bytes(self._arrived[:1]) in (b"\r", b"\n"):
            del self._arrived[:1]
        line, end, _ = bytes(self._arrived[:HEAD_BYTES]).partition(b"\n")
        if not end:
            if len(self._arrived) >= HEAD_BYTES or not b"HTTP/1.".startswith(line[:7]):
                raise NotHttp
            return
        found = STATUS.match(line)
        if found is None:
            raise NotHttp
        if int(found[1]) in INTERIM:
            self._skip_interim()
        else:
            self.status = int(found[1])

    def _skip_interim(self) -> None:
        end = END_OF_HEAD.search(self._arrived)
        if end is not None:
            del self._arrived[: end.end()]
            self._read_status()

    def _read_head(self) -> None:
        end = END_OF_HEAD.search(self._arrived)
        if end is None:
            if len(self._arrived) > HEAD_BYTES:
                self.complete = True
            return
        first, *lines = bytes(self._arrived[: end.start()]).split(b"\n")
        for line in lines:
            name, colon, value = line.decode("latin-1").partition(":")
            if colon:
                self.headers.setdefault(name.strip().lower(), value.strip())
        lengths = [line for line in lines if line.lower().startswith(b"content-length")]
        self.reusable = first.startswith(b"HTTP/1.1") and len(lengths) < 2
        self.reusable &= "close" not in self.headers.get("connection", "").lower()
        del self._arrived[: end.end()]
        self.at_body = True

    def _read_body(self) -> None:
        length = self.headers.get("content-length", "")
        if self.status in WITHOUT_BODY:
            self._end(b"", bytes(self._arrived))
        elif "chunked" in self.headers.get("transfer-encoding", "").lower():
            self._read_chunks()
        elif length.isascii() and length.isdigit():
            wanted = int(length[:15])
            self.body = bytes(self._arrived[: min(wanted, BODY_BYTES)])
            if len(self._arrived) >= wanted:
                self._end(self.body, bytes(self._arrived[wanted:]))
            elif len(self._arrived) >= BODY_BYTES:
                self._cut()
        else:
            self.body, self.reusable = bytes(self._arrived[:BODY_BYTES]), False
            self.complete = len(self._arrived) >= BODY_BYTES

    def _read_chunks(self) -> None:
        """Decode from the first chunk each time: it is 4 KB at most."""
        body, rest = b"", bytes(self._arrived)
        while len(body) < BODY_BYTES:
            size, end, after = rest.partition(b"\r\n")
            if not end:
                self.body = body
                return
            try:
                length = int(size.partition(b";")[0].strip() or b"x", 16)
            except ValueError:
                self.body = body
                self._cut()
                return
            if length == 0:
                if after.startswith(b"\r\n"):
                    self._end(body, after[2:])
                return
            body += after[:length]
            if len(after) < length + 2:
                break
            rest = after[length + 2 :]
        self.body = body[:BODY_BYTES]
        if len(body) >= BODY_BYTES:
            self._cut()

    def _end(self, body: bytes, more: bytes) -> None:
        self.body, self.complete = body, True
        self.reusable &= not more

    def _cut(self) -> None:
        self.complete, self.reusable = True, False
