"""Connections to receivers: opened to addresses that were checked, kept for a while, posted over one at a time."""

import asyncio
import base64
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from service.delivery.answers import NotHttp, Reading
from service.net.trust import trust
from service.net.urls import WebUrl

# Where a name has several addresses, none may take the time of the others.
CONNECT_S = 5.0
IDLE_S = 10.0
KEPT_PER_ADDRESS = 8
KEPT = 256
PIECE = 64 * 1024


class Stale(Exception):
    """A kept connection was closed by the receiver before it answered anything."""


@dataclass(slots=True)
class PinnedConnection:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    key: tuple[str, ...]
    used: bool = False
    idle_since: float = 0.0

    async def ask(self, request: bytes, reading: Reading) -> None:
        """Send a request and read its answer's status. Raises Stale, NotHttp, OSError."""
        try:
            self.writer.write(request)
            await self.writer.drain()
            await self.read_until_status(reading)
        except ConnectionError:
            if self.used and reading.status is None:
                raise Stale from None
            raise

    async def read_until_status(self, reading: Reading) -> None:
        """Read as far as the status line."""
        while reading.status is None:
            data = await self.reader.read(PIECE)
            if not data:
                raise ConnectionResetError("closed before it answered")
            reading.feed(data)

    async def read_rest(self, reading: Reading) -> None:
        """Read what follows the status, as far as it is wanted."""
        while not reading.complete:
            data = await self.reader.read(PIECE)
            if not data:
                reading.reusable = False
                return
            reading.feed(data)

    def close(self) -> None:
        """Close it, without waiting."""
        self.writer.close()


class Connections:
    """Opens and keeps connections. Lives in one event loop."""

    def __init__(self, proxy: str = "") -> None:
        """`proxy` is CALLBACK_PROXY, empty for none."""
        self._proxy = urlsplit(proxy) if proxy else None
        self._idle: dict[tuple[str, ...], list[PinnedConnection]] = {}
        self._kept = 0

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
        """Keep it for the next post to the same address."""
        kept = self._idle.setdefault(connection.key, [])
        if len(kept) >= KEPT_PER_ADDRESS or self._kept >= KEPT:
            self._tidy()
            connection.close()
            return
        connection.used, connection.idle_since = True, asyncio.get_running_loop().time()
        kept.append(connection)
        self._kept += 1

    def close(self) -> None:
        """Close all that are kept."""
        for kept in self._idle.values():
            for connection in kept:
                connection.close()
        self._idle.clear()

    def request(self, url: WebUrl, headers: dict[str, str], body: bytes) -> bytes:
        """The bytes of a POST."""
        plain_proxy = self._proxy is not None and url.scheme == "http"
        lines = [f"POST {url.text if plain_proxy else url.target} HTTP/1.1", f"Host: {url.authority}"]
        if plain_proxy:
            lines += self._credentials()
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body

    def _kept_one(self, key: tuple[str, ...]) -> PinnedConnection | None:
        kept, moment = self._idle.get(key, []), asyncio.get_running_loop().time()
        while kept:
            connection = kept.pop()
            self._kept -= 1
            if not kept:
                del self._idle[key]
            if moment - connection.idle_since < IDLE_S and not connection.reader.at_eof():
                return connection
            connection.close()
        return None

    def _tidy(self) -> None:
        for key in list(self._idle):
            kept = self._kept_one(key)
            if kept is not None:
                self._idle.setdefault(key, []).append(kept)
                self._kept += 1

    async def _opened(self, url: WebUrl, address: str, key: tuple[str, ...]) -> PinnedConnection:
        tls = trust() if url.scheme == "https" else None
        if self._proxy is None:
            name = url.host if tls else None
            reader, writer = await asyncio.open_connection(address, url.port, ssl=tls, server_hostname=name)
            return PinnedConnection(reader, writer, key)
        reader, writer = await self._to_proxy()
        connection = PinnedConnection(reader, writer, key)
        if tls is not None:
            try:
                await self._tunnel(connection, url)
                await writer.start_tls(tls, server_hostname=url.host)
            except BaseException:
                connection.close()
                raise
        return connection

    async def _to_proxy(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        assert self._proxy is not None
        secure = self._proxy.scheme == "https"
        port = self._proxy.port or (443 if secure else 80)
        return await asyncio.open_connection(self._proxy.hostname, port, ssl=trust() if secure else None)

    async def _tunnel(self, connection: PinnedConnection, url: WebUrl) -> None:
        place = f"[{url.host}]:{url.port}" if ":" in url.host else f"{url.host}:{url.port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", *self._credentials(), "", ""]
        connection.writer.write("\r\n".join(lines).encode("latin-1"))
        head = await connection.reader.readuntil(b"\r\n\r\n")
        reading = Reading()
        with suppress(NotHttp):
            reading.feed(head)
        if reading.status is None or not 200 <= reading.status < 300:
            raise OSError("the egress proxy refuses")

    def _credentials(self) -> list[str]:
        assert self._proxy is not None
        if self._proxy.username is None:
            return []
        pair = f"{unquote(self._proxy.username)}:{unquote(self._proxy.password or '')}"
        return [f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}"]
