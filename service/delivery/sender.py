"""Posting: one attempt is one POST within 15 s, resolver included, to an address that was checked for this attempt.

Source: contract, section 4; design, «The life of a run», 5.
"""

import asyncio
import socket
import time
from collections import defaultdict
from email.utils import parsedate_to_datetime
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from service.delivery.schedule import Answer
from service.errors import AddressRefused
from service.net.client import AGENT
from service.net.guard import SCHEMES, Guard, Unresolvable, split

DEADLINE_S = 15.0
# How long the body of an answer whose status has come may still take.
BODY_S = 5.0
# A status that came in time counts even where the deadline falls into its body: the body is left just before.
LAST_S = 0.05
BODY_BYTES = 4096
CONNECTIONS_PER_HOST = 32


class Sender:
    """Posts to any number of hosts, no host faster than its rate. Lives in one event loop."""

    def __init__(self, guard: Guard, rate_per_host: float) -> None:
        """`rate_per_host` is in posts a second, 0 for no cap."""
        self._guard = guard
        self._gap = 1.0 / rate_per_host if rate_per_host > 0 else 0.0
        self._next: defaultdict[str, float] = defaultdict(float)
        self._pins = _Pins()
        connector = aiohttp.TCPConnector(
            resolver=self._pins, use_dns_cache=False, limit=0, limit_per_host=CONNECTIONS_PER_HOST
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": AGENT, "Content-Type": "application/json"},
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def turn(self, url: str) -> None:
        """Wait for this host's next turn under its rate."""
        if not self._gap:
            return
        host = urlsplit(url).netloc
        moment = time.monotonic()
        at = max(moment, self._next[host])
        self._next[host] = at + self._gap
        if at > moment:
            await asyncio.sleep(at - moment)

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """One attempt. Never raises: what went wrong is in the answer."""
        until = asyncio.get_running_loop().time() + DEADLINE_S
        try:
            async with asyncio.timeout_at(until):
                await self._check(url)
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

    async def _check(self, url: str) -> None:
        """Resolve and check the host for this attempt, and pin what was found."""
        parts = split(url)
        # The host as the connector will ask for it: in lower case, and an international name in its ASCII form.
        host, port = URL(url).raw_host or "", parts.port or SCHEMES[parts.scheme]
        if _literal(host):
            self._guard.resolve(host, port)
            return
        look = partial(self._guard.resolve, host, port)
        self._pins.set(host, await asyncio.get_running_loop().run_in_executor(None, look))

    async def _post(self, url: str, headers: dict[str, str], body: bytes, until: float) -> Answer:
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            text = await _first(response, until)
            return Answer(response.status, text, _retry_after(response.headers.get("Retry-After")))


class _Pins(AbstractResolver):
    """Hands the connector the addresses that were checked, and nothing else."""

    def __init__(self) -> None:
        self._addresses: dict[str, list[str]] = {}

    def set(self, host: str, addresses: list[str]) -> None:
        self._addresses[host] = addresses

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
            for address in self._addresses.get(host, ())
        ]

    async def close(self) -> None:
        self._addresses.clear()


async def _first(response: aiohttp.ClientResponse, until: float) -> bytes:
    """The answer's first bytes; a body that drips is not waited for, its status counts."""
    text, soon = b"", asyncio.get_running_loop().time() + BODY_S
    try:
        async with asyncio.timeout_at(min(soon, until - LAST_S)):
            while len(text) < BODY_BYTES and (chunk := await response.content.read(BODY_BYTES - len(text))):
                text += chunk
    except (TimeoutError, aiohttp.ClientError):
        response.close()
    return text


def _retry_after(value: str | None) -> float | None:
    """Seconds from a `Retry-After` of either form."""
    if value is None:
        return None
    seconds = value.strip()
    if seconds.isascii() and seconds.isdigit():
        return float(seconds[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


def _literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
