"""The open connections of one process, told apart by address, so that no address crowds out the others."""

import resource
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Protocol

MOST_CONNECTIONS = 8192
# Files, database and Redis connections have their own.
OTHER_DESCRIPTORS = 512


class Guest(Protocol):
    """A connection, as the crowd knows it."""

    address: str

    @property
    def dispensable(self) -> bool:
        """Return whether nothing would be lost with it: no request of it is at work."""

    def expel(self) -> None:
        """End it at once."""

    def watch(self, moment: float) -> None:
        """End it where its caller is too slow."""


class Crowd:
    """Every open connection; when there is no place left, one of the address that has the most gives up its own."""

    def __init__(self, most: int) -> None:
        """`most` connections at once."""
        self._most = most
        self._by_address: dict[str, set[Guest]] = defaultdict(set)
        self._number = 0

    def admit(self, guest: Guest) -> bool:
        """Take the connection in. False where it has to be refused."""
        if self._number >= self._most and not self._make_place(guest.address):
            return False
        self._by_address[guest.address].add(guest)
        self._number += 1
        return True

    def leave(self, guest: Guest) -> None:
        """It has ended, or was never admitted."""
        guests = self._by_address.get(guest.address)
        if guests is not None and guest in guests:
            guests.remove(guest)
            self._number -= 1
            if not guests:
                del self._by_address[guest.address]

    def guests(self) -> Sequence[Guest]:
        """Every connection that is open now."""
        return [guest for guests in self._by_address.values() for guest in guests]

    def _make_place(self, address: str) -> bool:
        biggest = max(self._by_address, key=lambda name: len(self._by_address[name]))
        if len(self._by_address[biggest]) <= len(self._by_address.get(address, ())):
            return False
        expelled = next((guest for guest in self._by_address[biggest] if guest.dispensable), None)
        if expelled is None:
            return False
        self.leave(expelled)
        expelled.expel()
        return True


def most_connections() -> int:
    """Return how many connections this process can hold; its limit of open files is raised as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return (
        MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(64, min(MOST_CONNECTIONS, soft - OTHER_DESCRIPTORS))
    )


@lru_cache(MOST_CONNECTIONS)
def of_network(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 of an IPv6 one, which one subscriber has whole."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ip_address(int(parsed) >> 64 << 64)) + "/64"
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
