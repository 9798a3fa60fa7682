"""Fetch media that callers point at: through the guard at every hop, within bytes and seconds.

The socket opens only to addresses that the guard has just checked, so a name that changes its mind in between reaches
nothing. With CALLBACK_PROXY the egress proxy connects, and does the filtering.
"""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from service.errors import AddressRefused, ReferenceUnreachable
from service.net.deadline import Deadline
from service.net.failures import why
from service.net.guard import Guard
from service.net.media_types import type_of
from service.net.outbound import TrustingAdapter
from service.net.resolver import Unresolvable
from service.net.unpacking import CannotUnpack, unpacked
from service.net.urls import WebUrl, joined, named, parse

REDIRECTS = 3
CONNECT_S, READ_S = 5.0, 15.0
CHUNK = 64 * 1024
AGENT = "Genhook/1"
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FetchedMedia:
    """A local copy: its type is what its first bytes say, whatever the server said."""

    path: Path
    content_type: str
    size: int


class MediaClient:
    """Fetches references. Shared by every thread of a worker."""

    def __init__(self, guard: Guard, proxy: str = "") -> None:
        """`guard` decides what may be reached; `proxy` is CALLBACK_PROXY, empty for none."""
        self._guard, self._proxy = guard, proxy

    def fetch_media(
        self,
        url: str,
        *,
        limit_bytes: int,
        deadline_s: float,
        destination: Path,
        https_only: bool = False,
        account: str = "",
        of_any_type: bool = False,
    ) -> FetchedMedia:
        """Copy the media at `url` to `destination`, or a file `of_any_type`.

        Raises ReferenceUnreachable, AddressRefused.
        """
        with Deadline(deadline_s) as deadline, guarded_session(self._guard, deadline, account, self._proxy) as session:
            fetch = _Fetch(self._guard, session, url, limit_bytes, deadline, destination, https_only)
            try:
                size = fetch.copy()
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                refusal = _refusal_behind(error)
                if refusal is not None:
                    leads = "redirects to an address that " if fetch.redirected else ""
                    raise AddressRefused.at("", f"{named(url)} {leads}{refusal.message}.") from None
                reason = "took too long" if deadline.passed else f"can't be fetched: {_reason(error)}"
                raise ReferenceUnreachable.at("", f"{named(url)} {reason}.") from error
        content_type = type_of(destination) or (UNKNOWN_TYPE if of_any_type else None)
        if content_type is None:
            raise ReferenceUnreachable.at("", f"{named(url)} is not a picture, clip or sound of a known format.")
        return FetchedMedia(destination, content_type, size)


@dataclass(slots=True)
class _Fetch:
    """One reference on its way; `url` is how the caller wrote it."""

    guard: Guard
    session: requests.Session
    url: str
    limit: int
    deadline: Deadline
    destination: Path
    https_only: bool
    redirected: bool = False

    def copy(self) -> int:
        """Follow the redirects and save what is at their end; its size in bytes."""
        at = self._first()
        for _ in range(REDIRECTS + 1):
            with get(self.session, at, timeout=(CONNECT_S, READ_S)) as answer:
                if not answer.is_redirect:
                    return self._save(answer)
                at = self._following(at, answer.headers["Location"])
        raise ReferenceUnreachable.at("", f"{named(self.url)} redirects more than {REDIRECTS} times.")

    def _first(self) -> WebUrl:
        at = parse(self.url)
        # An address that is written out needs no resolver to be refused, nor a proxy.
        self.guard.literal(at.host)
        if at.scheme != "https" and self.https_only:
            raise ReferenceUnreachable.at("", f"{named(self.url)} must be an https URL.")
        return at

    def _following(self, at: WebUrl, location: str) -> WebUrl:
        self.redirected = True
        following = joined(at, location)
        self.guard.literal(following.host)
        if at.scheme == "https" and following.scheme != "https":
            raise ReferenceUnreachable.at("", f"{named(self.url)} redirects from https to http.")
        return following

    def _save(self, answer: requests.Response) -> int:
        if not answer.ok:
            raise ReferenceUnreachable.at("", f"{named(self.url)} answers {answer.status_code}.")
        size = 0
        with self.destination.open("wb") as file:
            for chunk in unpacked(self._arriving(answer), answer.headers.get("Content-Encoding")):
                size += len(chunk)
                if size > self.limit:
                    raise ReferenceUnreachable.at("", f"{named(self.url)} is larger than {self.limit // 1_000_000} MB.")
                file.write(chunk)
        if self.deadline.passed:
            # What was cut off may look like its end.
            raise ReferenceUnreachable.at("", f"{named(self.url)} took too long.")
        return size

    def _arriving(self, answer: requests.Response) -> Iterator[bytes]:
        """Return what has arrived, without waiting for a full chunk: a server that drips must meet the deadline."""
        arrived = 0
        while chunk := answer.raw.read1(CHUNK):
            arrived += len(chunk)
            if arrived > self.limit + CHUNK:
                raise ReferenceUnreachable.at("", f"{named(self.url)} is larger than {self.limit // 1_000_000} MB.")
            yield chunk


def guarded_session(
    guard: Guard, deadline: Deadline | None = None, account: str = "", proxy: str = ""
) -> requests.Session:
    """A session that connects only where the guard lets it, or to `proxy`, and takes nothing from the environment."""
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})
    if proxy:
        session.proxies.update({"http": proxy, "https": proxy})
    for scheme in ("http://", "https://"):
        session.mount(scheme, _GuardedAdapter(guard, deadline, account))
    return session


def get(session: requests.Session, url: WebUrl, timeout: tuple[float, float], **headers: str) -> requests.Response:
    """Ask a guarded session for exactly this URL; its body is left to be read, no redirect is followed."""
    prepared = session.prepare_request(requests.Request("GET", url.text, headers=headers))
    # requests would encode some letters again that browsers leave, which breaks signed URLs.
    prepared.url = url.text
    return session.send(prepared, stream=True, allow_redirects=False, timeout=timeout, proxies=session.proxies)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, CannotUnpack) else why(error)


def _refusal_behind(error: BaseException) -> AddressRefused | None:
    """The guard's own words, which the layers between have wrapped."""
    seen: BaseException | None = error
    for _ in range(8):
        if isinstance(seen, AddressRefused) or seen is None:
            return seen
        reason = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
        seen = seen.__cause__ or (reason if isinstance(reason, BaseException) else seen.__context__)
    return None


class _GuardedAdapter(TrustingAdapter):
    """Gives requests connection pools whose sockets go through the guard, and sends the target as it stands."""

    def __init__(self, guard: Guard, deadline: Deadline | None, account: str) -> None:
        self._guard, self._deadline, self._account = guard, deadline, account
        self._target = ""
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools(self._connected)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools(self._connected_to_proxy)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._target = self.request_url(request, kwargs.get("proxies"))
        return super().send(request, *args, **kwargs)

    def _pools(self, connect: Any) -> Mapping[str, type[HTTPConnectionPool]]:
        def ask(connection: HTTPConnection, method: str, url: str, *args: Any, **kwargs: Any) -> None:
            kind = HTTPSConnection if isinstance(connection, HTTPSConnection) else HTTPConnection
            kind.request(connection, method, self._target or url, *args, **kwargs)

        members = {"_new_conn": lambda connection: connect(connection), "request": ask}
        plain = type("GuardedConnection", (HTTPConnection,), members)
        secure = type("GuardedTlsConnection", (HTTPSConnection,), members)
        return {
            "http": type("GuardedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("GuardedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    def _connected(self, connection: HTTPConnection) -> socket.socket:
        try:
            addresses = self._guard.resolve(connection.host, self._account)
        except (Unresolvable, AddressRefused) as error:
            raise NewConnectionError(connection, str(error)) from error
        return self._opened(connection, addresses)

    def _connected_to_proxy(self, connection: HTTPConnection) -> socket.socket:
        return self._opened(connection, [connection.host])

    def _opened(self, connection: HTTPConnection, addresses: list[str]) -> socket.socket:
        failure: OSError | None = None
        for address in addresses:
            if self._deadline is not None and self._deadline.passed:
                break
            try:
                opened = socket.create_connection((address, connection.port), timeout=connection.timeout)
            except OSError as error:
                failure = error
                continue
            if self._deadline is not None:
                self._deadline.watch(opened)
            return opened
        raise NewConnectionError(connection, "can't connect") from failure
