"""Connections to receivers: opened to addresses that were checked, kept for a while, posted over one at a time."""

import asyncio
import base64
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import cast
from urllib.parse import unquote, urlsplit

from service.delivery.answers import NotHttp, Reading
from service.delivery.shards import KNOWN
from service.net.trust import trust
from service.net.urls import WebUrl

# Where a name has several addresses, none may take the time of the others.
CONNECT_S = 5.0
IDLE_S = 10.0
KEPT = 512


class Stale(Exception):
    """A kept connection was closed by the receiver before it answered anything."""


class PinnedConnection(asyncio.Protocol):
    """One open connection, over which one request is sent at a time."""

    transport: asyncio.Transport

    def __init__(self, key: tuple[str, ...]) -> None:
        """`key` is what it may be used again for: the host, and the address that it was opened to."""
        self.key = key
        self.used = False
        self.idle_since = 0.0
        # None as long as nothing has ended it.
        self.failure: Exception | None = None
        self._reading: Reading | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def ask(self, request: bytes, reading: Reading) -> None:
        """Send a request and read its answer's status. Raises Stale, NotHttp, OSError."""
        self._reading = reading
        try:
            if self.failure is None:
                self.transport.write(request)
            await self.until(lambda: reading.status is not None)
        except ConnectionError:
            if self.used and reading.status is None:
                raise Stale from None
            raise

    async def until(self, arrived: Callable[[], bool]) -> None:
        """Read as far as this. Raises NotHttp, OSError."""
        while not arrived():
            if self.failure is not None:
                raise self.failure
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def close(self) -> None:
        """Close it, without waiting for a receiver that does not read what it was sent."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def rest(self) -> None:
        """Expect nothing more, until it is used again."""
        self.used, self.idle_since, self._reading = True, asyncio.get_running_loop().time(), None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # uvloop's own is none of asyncio's classes.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take what the receiver says; whatever it says unasked ends the connection."""
        if self._reading is None:
            self._end(ConnectionResetError("sent what nobody asked for"))
            self.close()
        elif self._reading.complete:
            self._reading.reusable = False
        else:
            try:
                self._reading.feed(data)
            except NotHttp as error:
                self._end(error)
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits that nothing more will come."""
        self._end(error or ConnectionResetError("closed before it answered"))

    def _end(self, error: Exception) -> None:
        self.failure = self.failure or error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connections:
    """Opens and keeps connections. Lives in one event loop."""

    def __init__(self, proxy: str = "") -> None:
        """`proxy` is CALLBACK_PROXY, empty for none."""
        self._proxy = urlsplit(proxy) if proxy else None
        self._idle: dict[tuple[str, ...], list[PinnedConnection]] = {}
        # All that are kept, the one that rests longest first.
        self._kept: OrderedDict[PinnedConnection, None] = OrderedDict()

    async def get(self, url: WebUrl, addresses: Sequence[str], fresh: bool = False) -> PinnedConnection:
        """A connection to the URL's host at one of these addresses. Raises OSError."""
        failure: Exception = OSError("no address")
        for address in addresses:
            key = (url.scheme, url.host, str(url.port), address)
            kept = None if fresh else self._kept_one(key)
            if kept is not None:
                return kept
            try:
                async with asyncio.timeout(CONNECT_S if len(addresses) > 1 else None):
                    return await self._opened(url, address, key)
            except (OSError, TimeoutError) as error:
                failure = error
        raise failure

    def keep(self, connection: PinnedConnection) -> None:
        """Keep it for the next post to the same address, and let go of those that rest too long or are too many."""
        connection.rest()
        self._kept[connection] = None
        self._idle.setdefault(connection.key, []).append(connection)
        longest = next(iter(self._kept))
        while len(self._kept) > KEPT or connection.idle_since - longest.idle_since > IDLE_S:
            self._forget(longest)
            longest.close()
            longest = next(iter(self._kept))

    def close(self) -> None:
        """Close all that are kept."""
        for connection in list(self._kept):
            self._forget(connection)
            connection.close()

    def request(self, url: WebUrl, headers: dict[str, str], body: bytes) -> bytes:
        """The bytes of a POST."""
        plain_proxy = self._proxy is not None and url.scheme == "http"
        lines = [_beginning(url, plain_proxy), *(self._credentials() if plain_proxy else ())]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body

    def _kept_one(self, key: tuple[str, ...]) -> PinnedConnection | None:
        moment = asyncio.get_running_loop().time()
        while kept := self._idle.get(key):
            connection = kept.pop()
            del self._kept[connection]
            if moment - connection.idle_since < IDLE_S and connection.failure is None:
                return connection
            connection.close()
        self._idle.pop(key, None)
        return None

    def _forget(self, connection: PinnedConnection) -> None:
        del self._kept[connection]
        kept = self._idle[connection.key]
        kept.remove(connection)
        if not kept:
            del self._idle[connection.key]

    async def _opened(self, url: WebUrl, address: str, key: tuple[str, ...]) -> PinnedConnection:
        loop, tls = asyncio.get_running_loop(), trust() if url.scheme == "https" else None
        if self._proxy is None:
            name = url.host if tls else None
            _, connection = await loop.create_connection(
                lambda: PinnedConnection(key), address, url.port, ssl=tls, server_hostname=name
            )
            return connection
        connection = await self._to_proxy(key)
        if tls is not None:
            try:
                await self._tunnel(connection, url)
                secured = await loop.start_tls(connection.transport, connection, tls, server_hostname=url.host)
            except BaseException:
                connection.close()
                raise
            assert secured is not None
            connection.transport = secured
        return connection

    async def _to_proxy(self, key: tuple[str, ...]) -> PinnedConnection:
        assert self._proxy is not None
        assert self._proxy.hostname is not None
        secure = self._proxy.scheme == "https"
        port = self._proxy.port or (443 if secure else 80)
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: PinnedConnection(key), self._proxy.hostname, port, ssl=trust() if secure else None
        )
        return connection

    async def _tunnel(self, connection: PinnedConnection, url: WebUrl) -> None:
        place = f"[{url.host}]:{url.port}" if ":" in url.host else f"{url.host}:{url.port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", *self._credentials(), "", ""]
        reading = Reading()
        with suppress(NotHttp):
            await connection.ask("\r\n".join(lines).encode("latin-1"), reading)
            await connection.until(lambda: reading.at_body)
        if reading.status is None or not 200 <= reading.status < 300:
            raise OSError("the egress proxy refuses")

    def _credentials(self) -> list[str]:
        assert self._proxy is not None
        if self._proxy.username is None:
            return []
        pair = f"{unquote(self._proxy.username)}:{unquote(self._proxy.password or '')}"
        return [f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}"]


@lru_cache(KNOWN)
def _beginning(url: WebUrl, whole: bool) -> str:
    return f"POST {url.text if whole else url.target} HTTP/1.1\r\nHost: {url.authority}"
