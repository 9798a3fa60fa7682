"""Fetching media that callers point at: through the guard at every hop, within bytes and seconds.

The socket opens only to addresses that the guard has just checked, so a name that changes its mind in between reaches
nothing. Source: contract, section 4.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urljoin

import filetype
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from service.errors import AddressRefused, ReferenceUnreachable
from service.net.guard import Guard, Unresolvable, split

REDIRECTS = 3
CONNECT_S, READ_S = 5.0, 15.0
CHUNK = 64 * 1024
AGENT = "Genhook/1"


@dataclass(frozen=True, slots=True)
class FetchedMedia:
    """A local copy: its type is what its first bytes say, whatever the server said."""

    path: Path
    content_type: str
    size: int


class MediaClient:
    """Fetches references. Shared by every thread of a worker."""

    def __init__(self, guard: Guard) -> None:
        """`guard` decides what may be reached."""
        self._guard = guard

    def fetch_media(
        self, url: str, *, limit_bytes: int, deadline_s: float, destination: Path, https_only: bool = False
    ) -> FetchedMedia:
        """Copy the media at `url` to `destination`. Raises ReferenceUnreachable, AddressRefused."""
        with _Deadline(deadline_s) as deadline, guarded_session(self._guard, deadline) as session:
            try:
                size = self._copy(session, url, limit_bytes, deadline, destination, https_only)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                # A ValueError is what a redirect to something that is no URL ends in, in requests itself.
                refusal = _refusal_behind(error)
                if refusal is not None:
                    raise refusal from None
                why = "took too long" if deadline.passed else f"can't be fetched ({type(error).__name__})"
                raise ReferenceUnreachable.at("", f"{url} {why}.") from error
        kind = filetype.guess(str(destination))
        if kind is None:
            raise ReferenceUnreachable.at("", f"{url} is not a picture, clip or sound of a known format.")
        return FetchedMedia(destination, kind.mime, size)

    def _copy(
        self,
        session: requests.Session,
        url: str,
        limit: int,
        deadline: "_Deadline",
        destination: Path,
        https_only: bool,
    ) -> int:
        for _ in range(REDIRECTS + 1):
            scheme = self._check(url, https_only)
            with session.get(url, stream=True, allow_redirects=False, timeout=(CONNECT_S, READ_S)) as answer:
                if not answer.is_redirect:
                    return _save(answer, url, limit, deadline, destination)
                following = urljoin(url, answer.headers["Location"])
            if scheme == "https" and split(following).scheme != "https":
                raise ReferenceUnreachable.at("", f"{url} redirects from https to http.")
            url = following
        raise ReferenceUnreachable.at("", f"{url} redirects more than {REDIRECTS} times.")

    def _check(self, url: str, https_only: bool) -> str:
        scheme = split(url).scheme
        if scheme != "https" and https_only:
            raise ReferenceUnreachable.at("", f"{url} must be an https URL.")
        self._guard.check_url(url)
        return scheme


class _Deadline:
    """Cuts every connection made under it when the time is up, whatever it waits for: a handshake, a header, a byte.

    The timeouts of a socket begin anew with each byte, so a server that drips would never meet them.
    """

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()

    @property
    def passed(self) -> bool:
        return self.left <= 0

    @property
    def left(self) -> float:
        """Seconds."""
        return self._at - time.monotonic()

    def watch(self, opened: socket.socket) -> None:
        """Cut this one too. A second handle on it, since TLS takes the first one over."""
        with self._lock:
            self._lines.append(opened.dup())
        if self.passed:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)


def guarded_session(guard: Guard, deadline: _Deadline | None = None) -> requests.Session:
    """A requests session that connects only where the guard lets it, and takes nothing from the environment."""
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})
    adapter = _GuardedAdapter(guard, deadline)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _save(answer: requests.Response, url: str, limit: int, deadline: _Deadline, destination: Path) -> int:
    if not answer.ok:
        raise ReferenceUnreachable.at("", f"{url} answers {answer.status_code}.")
    size = 0
    with destination.open("wb") as file:
        for chunk in _arriving(answer):
            size += len(chunk)
            if size > limit:
                raise ReferenceUnreachable.at("", f"{url} is larger than {limit // 1_000_000} MB.")
            file.write(chunk)
    if deadline.passed:
        # What was cut off may look like its end.
        raise ReferenceUnreachable.at("", f"{url} took too long.")
    return size


def _arriving(answer: requests.Response) -> Iterator[bytes]:
    """What has arrived, without waiting for a full chunk: a server that drips must meet the deadline."""
    while chunk := answer.raw.read1(CHUNK):
        yield chunk


def _refusal_behind(error: BaseException) -> AddressRefused | None:
    """The guard's own words, which the layers between have wrapped."""
    seen: BaseException | None = error
    for _ in range(8):
        if isinstance(seen, AddressRefused) or seen is None:
            return seen
        reason = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
        seen = seen.__cause__ or (reason if isinstance(reason, BaseException) else seen.__context__)
    return None


class _GuardedAdapter(HTTPAdapter):
    """Gives requests connection pools whose sockets go through the guard."""

    def __init__(self, guard: Guard, deadline: _Deadline | None) -> None:
        self._guard, self._deadline = guard, deadline
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        guard, deadline = self._guard, self._deadline

        def open_socket(connection: HTTPConnection) -> socket.socket:
            return _connected(guard, connection, deadline)

        plain = type("GuardedConnection", (HTTPConnection,), {"_new_conn": open_socket})
        secure = type("GuardedTlsConnection", (HTTPSConnection,), {"_new_conn": open_socket})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("GuardedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("GuardedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


def _connected(guard: Guard, connection: HTTPConnection, deadline: _Deadline | None) -> socket.socket:
    failure: OSError | None = None
    try:
        addresses = guard.resolve(connection.host, connection.port or 443)
    except (Unresolvable, AddressRefused) as error:
        raise NewConnectionError(connection, str(error)) from error
    for address in addresses:
        if deadline is not None and deadline.passed:
            break
        try:
            opened = socket.create_connection((address, connection.port), timeout=connection.timeout)
        except OSError as error:
            failure = error
            continue
        if deadline is not None:
            deadline.watch(opened)
        return opened
    raise NewConnectionError(connection, f"can't connect: {failure}")
