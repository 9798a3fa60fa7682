"""Share receivers between accounts: so many connections to a host at once, so many posts a second.

The rate holds for a host's name, whatever the port, for each address that it resolves to, and ten times over for an
account. Whoever waits is taken in rotation by account, so that a long queue of one leaves the others their turns. What
is known of a host is forgotten once nobody posts there.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from service.delivery.shards import host_of

CONNECTIONS_PER_HOST = 32
# A host begins with few, and is given more as long as they come back less than once in this time: one that answers
# sooner is posted to over the connections that are open, which costs both sides less than to open others.
CONNECTIONS_AT_FIRST = 4
MORE_AFTER_S = 0.02
# A post waits for this process's loop when it is sent, answered and followed by the next, each time at least as long
# as a timer is late.
OWN_DELAYS = 6
# The rate of an account is so many times that of a host.
ACCOUNT_FACTOR = 10
TIDY_EVERY = 1000


class Rotation:
    """The queue of those who wait, by account; the next is the first of the account whose turn is longest ago."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    async def wait(self, account: str) -> None:
        """Wait to be called."""
        called = asyncio.get_running_loop().create_future()
        self._queues.setdefault(account, deque()).append(called)
        await called

    def call(self) -> bool:
        """Call the next; False where nobody waits."""
        while self._queues:
            account = next(iter(self._queues))
            queue = self._queues.pop(account)
            called = queue.popleft()
            if queue:
                self._queues[account] = queue
            if not called.done():
                called.set_result(None)
                return True
        return False


class AccountTurns:
    """One turn every `gap` seconds."""

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._next = 0.0
        self._waiting = Rotation()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def left(self) -> float:
        """Seconds until whoever came now would have a turn at once; infinite while somebody waits."""
        return float("inf") if self._waiting else self._next - asyncio.get_running_loop().time()

    async def take(self, account: str) -> None:
        """Wait for a turn."""
        moment = asyncio.get_running_loop().time()
        if not self._waiting and moment >= self._next:
            self._next = moment + self._gap
            return
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._next, self._give)
        await self._waiting.wait(account)

    def _give(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        if self._waiting.call():
            self._next = max(loop.time(), self._next) + self._gap
        if self._waiting:
            self._timer = loop.call_at(self._next, self._give)


@dataclass(slots=True, eq=False)
class _Host:
    """`users` wait for or hold one of its connections; `held` of `most` are held, `returned` after `since`."""

    # None where there is no rate.
    turns: AccountTurns | None
    most: int = field(default_factory=lambda: min(CONNECTIONS_AT_FIRST, CONNECTIONS_PER_HOST))
    held: int = 0
    returned: int = 0
    since: float = 0.0
    waiting: Rotation = field(default_factory=Rotation)
    users: int = 0

    def give_back(self) -> None:
        self.returned += 1
        if not self.waiting.call():
            self.held -= 1

    def widen(self) -> None:
        """Open more connections where those who wait are not served by the ones that are held."""
        if self.returned < self.most:
            self.most = min(2 * self.most, CONNECTIONS_PER_HOST)
        while self.held < self.most and self.waiting.call():
            self.held += 1


class Hosts:
    """The connections to every host that is posted to now. Lives in one event loop."""

    def __init__(self, rate: float) -> None:
        """`rate` is in posts a second to one host, 0 for no cap."""
        self._gap = 1.0 / rate if rate > 0 else 0.0
        self._hosts: dict[str, _Host] = {}
        # Those with more posts than connections.
        self._crowded: set[_Host] = set()
        self._addresses: dict[str, AccountTurns] = {}
        self._accounts: dict[str, AccountTurns] = {}
        self._taken = 0

    def __len__(self) -> int:
        """Return how many hosts are known now."""
        return len(self._hosts)

    @asynccontextmanager
    async def connection(self, url: str, account: str = "") -> AsyncIterator[None]:
        """One of the connections to the URL's host, given when its name's turn under the rate has come."""
        name = host_of(url)
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(AccountTurns(self._gap) if self._gap else None)
        host.users += 1
        try:
            await self._take(host, account)
            try:
                if host.turns is not None:
                    await host.turns.take(account)
                yield
            finally:
                host.give_back()
        finally:
            host.users -= 1
            self._forget(name, host)

    async def _take(self, host: _Host, account: str) -> None:
        if host.held < host.most:
            host.held += 1
            return
        if host not in self._crowded:
            host.since, host.returned = asyncio.get_running_loop().time(), 0
            if not self._crowded:
                self._look_later()
            self._crowded.add(host)
        await host.waiting.wait(account)

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_at((due := loop.time() + MORE_AFTER_S), self._look, due)

    def _look(self, due: float) -> None:
        """Give more connections to hosts whose own come back late, which is not where this process itself is late."""
        moment = asyncio.get_running_loop().time()
        patience = MORE_AFTER_S + OWN_DELAYS * (moment - due)
        for host in list(self._crowded):
            if not host.waiting:
                self._crowded.remove(host)
            elif moment - host.since >= patience:
                host.widen()
                host.since, host.returned = moment, 0
        if self._crowded:
            self._look_later()

    async def turn(self, addresses: Sequence[str], account: str) -> None:
        """Wait until the account and every address may be posted to again."""
        if not self._gap:
            return
        self._tidy()
        await self._accounts.setdefault(account, AccountTurns(self._gap / ACCOUNT_FACTOR)).take(account)
        for address in addresses:
            await self._addresses.setdefault(address, AccountTurns(self._gap)).take(account)

    def _tidy(self) -> None:
        self._taken += 1
        if self._taken % TIDY_EVERY == 0:
            for known in (self._addresses, self._accounts):
                for name in [name for name, turns in known.items() if turns.left <= 0]:
                    del known[name]

    def _forget(self, name: str, host: _Host) -> None:
        """Forget an idle host, but not before whoever came now would have its turn at once."""
        if host.users or self._hosts.get(name) is not host:
            return
        if host.turns is None or (left := host.turns.left) <= 0:
            del self._hosts[name]
        else:
            asyncio.get_running_loop().call_later(left, self._forget, name, host)
