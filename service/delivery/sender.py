"""Posting: one attempt is one POST within 15 s, resolver included, to an address that was checked for this attempt.

Source: contract, section 4; design, «The life of a run», 5.
"""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from service.delivery.hosts import Hosts
from service.delivery.schedule import Answer
from service.errors import AddressRefused
from service.net import retry_after
from service.net.client import AGENT
from service.net.guard import Guard
from service.net.resolver import Unresolvable
from service.net.urls import parse

DEADLINE_S = 15.0
# How long the body of an answer whose status has come may still take.
BODY_S = 5.0
# A status that came in time counts even where the deadline falls into its body: the body is left just before.
LAST_S = 0.05
BODY_BYTES = 4096
# The addresses that were checked for the attempt whose task asks.
_PINNED: ContextVar[Sequence[str]] = ContextVar("pinned", default=())


class Sender:
    """Posts to any number of hosts, no host faster than its rate. Lives in one event loop."""

    def __init__(self, guard: Guard, rate_per_host: float) -> None:
        """`rate_per_host` is in posts a second, 0 for no cap."""
        self._guard = guard
        self._hosts = Hosts(rate_per_host)
        self._session = aiohttp.ClientSession(
            # A host's connections are counted by its places, the time of an attempt by its own deadline.
            connector=aiohttp.TCPConnector(resolver=_Pins(), use_dns_cache=False, limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            # A page in an answer is known by its first letters, which no encoding may hide.
            headers={"User-Agent": AGENT, "Content-Type": "application/json", "Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    def place(self, url: str) -> AbstractAsyncContextManager[None]:
        """Wait for a connection's place at this host and for its turn under the rate, to post while it is held."""
        return self._hosts.place(url)

    async def post(self, url: str, headers: dict[str, str], body: bytes, account: str = "") -> Answer:
        """One attempt. Never raises: what went wrong is in the answer."""
        until = asyncio.get_running_loop().time() + DEADLINE_S
        try:
            async with asyncio.timeout_at(until):
                await self._check(url, account)
                return await self._post(url, headers, body, until)
        except TimeoutError:
            return Answer(error=f"no answer within {DEADLINE_S:.0f} s", timed_out=True)
        except (AddressRefused, Unresolvable) as error:
            return Answer(error=str(error))
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, ConnectionRefusedError)
            return Answer(error=f"can't connect: {error.os_error}", refused=refused)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(error=f"{type(error).__name__}: {error}")

    async def _check(self, url: str, account: str) -> None:
        """Resolve and check the host for this attempt, and pin what was found."""
        host = parse(url).host
        if self._guard.literal(host) is not None:
            return
        found = await asyncio.wrap_future(self._guard.resolver.ask(host, account))
        _PINNED.set(self._guard.judged(host, found))

    async def _post(self, url: str, headers: dict[str, str], body: bytes, until: float) -> Answer:
        async with self._session.post(
            URL(parse(url).text, encoded=True), data=body, headers=headers, allow_redirects=False
        ) as response:
            text = await _first(response, until)
            return Answer(response.status, text, retry_after.seconds(response.headers.get("Retry-After")))


class _Pins(AbstractResolver):
    """Hands the connector the addresses that were checked for this attempt, and nothing else."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in _PINNED.get()
        ]

    async def close(self) -> None:
        """Nothing is kept."""


async def _first(response: aiohttp.ClientResponse, until: float) -> bytes:
    """The answer's first bytes; a body that drips is not waited for, its status counts."""
    if response.content.at_eof():
        return b""
    text, soon = b"", asyncio.get_running_loop().time() + BODY_S
    try:
        async with asyncio.timeout_at(min(soon, until - LAST_S)):
            while len(text) < BODY_BYTES and (chunk := await response.content.read(BODY_BYTES - len(text))):
                text += chunk
    except (TimeoutError, aiohttp.ClientError):
        response.close()
    return text
