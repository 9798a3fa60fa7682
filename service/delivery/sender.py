"""Posting: one attempt is one POST within 15 s, to an address that was checked for this attempt."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache

from service.delivery.answers import NotHttp, Reading
from service.delivery.bins import Bins
from service.delivery.connections import Connections, PinnedConnection, Stale
from service.delivery.hosts import Hosts
from service.delivery.schedule import Receipt
from service.delivery.shards import KNOWN
from service.errors import AddressRefused, Unavailable
from service.net import retry_after
from service.net.client import AGENT
from service.net.failures import why
from service.net.guard import USE_S, Guard
from service.net.resolver import Unresolvable
from service.net.urls import WebUrl, parse

DEADLINE_S = 15.0
# How long the rest of an answer whose status has come may still take.
BODY_S = 5.0
# A status that came in time counts even where the deadline falls into what follows: that is left just before.
LAST_S = 0.05
# Through an egress proxy no name is resolved here.
BY_PROXY = ("proxy",)
IN_BIN = ("request bin",)
HEADERS = {
    "User-Agent": AGENT,
    "Content-Type": "application/json",
    # A page in an answer is known by its first letters, which no encoding may hide.
    "Accept-Encoding": "identity",
    "Accept": "*/*",
}
_OURS = {name.lower(): name for name in HEADERS}


class Sender:
    """Posts to any number of hosts, none faster than its rate. Lives in one event loop."""

    def __init__(self, guard: Guard, rate_per_host: float, proxy: str = "", bins: Bins | None = None) -> None:
        """`rate_per_host` is in posts a second, 0 for no cap; `proxy` is CALLBACK_PROXY, empty for none.

        What goes to an account's own request bin is put into `bins`, and nothing is connected to.
        """
        self._guard = guard
        # What is written as an address means the same every time.
        self._written = lru_cache(KNOWN)(guard.literal)
        self._bins = bins
        self._hosts = Hosts(rate_per_host)
        # Waits for one of the connections to a URL's host and for its turn under the rate, to post while it is held.
        self.connection = self._hosts.connection
        self._proxied = bool(proxy)
        self._connections = Connections(proxy)

    async def close(self) -> None:
        """Close every connection that is kept."""
        self._connections.close()

    async def turn(self, addresses: Sequence[str], account: str) -> None:
        """Wait for the turn of these addresses and of this account under their rates."""
        await self._hosts.turn(() if self._proxied else addresses, account)

    async def look(self, url: str, account: str) -> Sequence[str] | Receipt:
        """The addresses of the URL's host, all checked; the failed attempt where there are none."""
        if self._bins is not None and self._bins.owns(url, account):
            return IN_BIN
        try:
            host = parse(url).host
            known = self._written(host)
            if known is not None:
                return known
            if self._proxied:
                return BY_PROXY
            async with asyncio.timeout(USE_S):
                return self._guard.judged(host, await asyncio.wrap_future(self._guard.resolver.ask(host, account)))
        except (AddressRefused, Unresolvable) as error:
            return Receipt(error=str(error))
        except TimeoutError:
            return Receipt(error=f"its name was not resolved within {USE_S:.0f} s", timed_out=True)

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, account: str = "", at: Sequence[str] | None = None
    ) -> Receipt:
        """One attempt, at addresses that `look` found or finds now. Never raises: what went wrong is in the answer."""
        until = asyncio.get_running_loop().time() + DEADLINE_S
        reading, told = Reading(), {**HEADERS, **_without_case(headers)}
        try:
            async with asyncio.timeout_at(until):
                addresses = await self.look(url, account) if at is None else at
                if isinstance(addresses, Receipt):
                    return addresses
                if addresses is IN_BIN:
                    return await asyncio.to_thread(self._put, account, told, body)
                await self._exchange(parse(url), addresses, told, body, reading, until)
        except TimeoutError:
            if reading.status is None:
                return Receipt(error=f"no answer within {DEADLINE_S:.0f} s", timed_out=True)
        except ConnectionRefusedError as error:
            return Receipt(error=f"can't connect: {why(error)}", refused=True)
        except NotHttp:
            return Receipt(error="answered what is no HTTP")
        except (OSError, EOFError, ValueError) as error:
            return Receipt(error=why(error))
        later = reading.headers.get("retry-after")
        return Receipt(reading.status, reading.body, None if later is None else retry_after.seconds(later))

    def _put(self, account: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        assert self._bins is not None
        try:
            self._bins.keep_own(account, headers, body)
        except Unavailable as error:
            return Receipt(error=error.message)
        return Receipt(204, b"")

    async def _exchange(
        self,
        url: WebUrl,
        addresses: Sequence[str],
        headers: dict[str, str],
        body: bytes,
        reading: Reading,
        until: float,
    ) -> None:
        request = self._connections.request(url, headers, body)
        connection = await self._connections.get(url, addresses)
        try:
            try:
                await connection.ask(request, reading)
            except Stale:
                connection.close()
                connection = await self._connections.get(url, addresses, fresh=True)
                await connection.ask(request, reading)
            if not reading.complete:
                await _rest(connection, reading, until)
        finally:
            if reading.complete and reading.reusable and connection.failure is None:
                self._connections.keep(connection)
            else:
                connection.close()


async def _rest(connection: PinnedConnection, reading: Reading, until: float) -> None:
    """Read what follows the status; whatever is wrong with it, the status counts."""
    soon = asyncio.get_running_loop().time() + BODY_S
    try:
        async with asyncio.timeout_at(min(soon, until - LAST_S)):
            await connection.until(lambda: reading.complete)
    except (TimeoutError, OSError, ValueError):
        reading.reusable = False


def _without_case(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, where they replace one of ours under its name."""
    return {_OURS.get(name.lower(), name): value for name, value in headers.items()}
