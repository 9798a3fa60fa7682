"""Each host's share of one deliverer: so many connections at once, so many posts a second.

A host is a name, whatever the port. What is known of one is forgotten once nobody posts there.
Source: contract, section 4.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from service.delivery.shards import host_of

CONNECTIONS_PER_HOST = 32


@dataclass(slots=True)
class _Host:
    """`users` wait for or hold a place; the next post may begin at `turn` (monotonic seconds)."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS_PER_HOST))
    users: int = 0
    turn: float = 0.0


class Hosts:
    """The places at every host that is posted to now. Lives in one event loop."""

    def __init__(self, rate: float) -> None:
        """`rate` is in posts a second to one host, 0 for no cap."""
        self._gap = 1.0 / rate if rate > 0 else 0.0
        self._hosts: dict[str, _Host] = {}

    def __len__(self) -> int:
        """How many hosts are known now."""
        return len(self._hosts)

    @asynccontextmanager
    async def place(self, url: str) -> AsyncIterator[None]:
        """A connection's place at the URL's host, given when its turn under the rate has come."""
        name = host_of(url)
        host = self._hosts.setdefault(name, _Host())
        host.users += 1
        try:
            async with host.free:
                if self._gap:
                    await self._turn(host)
                yield
        finally:
            host.users -= 1
            self._forget(name, host)

    async def _turn(self, host: _Host) -> None:
        moment = time.monotonic()
        at = max(moment, host.turn)
        host.turn = at + self._gap
        if at > moment:
            await asyncio.sleep(at - moment)

    def _forget(self, name: str, host: _Host) -> None:
        """Forget an idle host, but not before whoever came now would have its turn at once."""
        if host.users or self._hosts.get(name) is not host:
            return
        left = host.turn - time.monotonic()
        if left <= 0:
            del self._hosts[name]
        else:
            asyncio.get_running_loop().call_later(left, self._forget, name, host)
