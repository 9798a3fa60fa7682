"""Decide which addresses callers may make the service reach.

The networks that are refused are a table of this repository, `refused_networks.json`, with its sources and its date:
what Python's `ipaddress` calls global differs between versions and knows no cloud. CALLBACK_ALLOW opens hosts and
networks. Every resolved address must be allowed, and only those that were checked are connected to.
"""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

from service.errors import AddressRefused
from service.net.resolver import Resolver, Unresolvable
from service.net.urls import parse

# How long an accept waits for a name; who uses one waits for longer.
ACCEPT_S, USE_S = 2.0, 5.0
REFUSAL = "is not a public address"
Address = IPv4Address | IPv6Address

_TABLE = json.loads((Path(__file__).parent / "refused_networks.json").read_text())
REFUSED = tuple(ip_network(entry["network"]) for entry in _TABLE["refused"])
# An address in one of these is judged by the IPv4 address inside.
CARRIERS = tuple(ip_network(entry["network"]) for entry in _TABLE["carrying_ipv4"]["networks"])


class Guard:
    """Checks URLs and resolves hosts. Shared by every thread."""

    def __init__(self, allow: Sequence[str] = (), resolver: Resolver | None = None) -> None:
        """`allow` are host names and networks. Raises ValueError for a network that can't be read."""
        self._networks = [ip_network(entry, strict=False) for entry in allow if _is_network(entry)]
        self._hosts = {_plain(entry) for entry in allow if not _is_network(entry)}
        self.resolver = resolver or Resolver()
        # Neither the table nor what is allowed changes while a process lives.
        self._may_reach = lru_cache(4096)(self._judge)

    def check_url(self, url: str, pointer: str = "", account: str = "") -> None:
        """Refuse a URL that is malformed or whose host has a refused address. Raises AddressRefused at `pointer`.

        A name that does not resolve now, or not in time, passes: it is checked again whenever it is used.
        """
        try:
            self.resolve(parse(url).host, account, ACCEPT_S)
        except Unresolvable:
            return
        except AddressRefused as refusal:
            raise AddressRefused.at(pointer, refusal.message) from None

    def ask(self, url: str, account: str) -> "Future[list[str]] | None":
        """Ask for the addresses of the URL's host, for `judged`; None for a literal address, which is checked now.

        Raises AddressRefused.
        """
        host = parse(url).host
        return self.resolver.ask(host, account) if self.literal(host) is None else None

    def resolve(self, host: str, account: str = "", within_s: float = USE_S) -> list[str]:
        """The addresses of `host`, all checked. Raises AddressRefused, and Unresolvable where there are none."""
        known = self.literal(host)
        return known if known is not None else self.judged(host, self.resolver.addresses(host, account, within_s))

    def literal(self, host: str) -> list[str] | None:
        """The one address that `host` is written as, checked; None for a name. Raises AddressRefused."""
        address = _address(host)
        if address is not None:
            return self.judged(host, [host])
        if _is_localhost(host):
            return self.judged(host, ["127.0.0.1"])
        return None

    def judged(self, host: str, addresses: list[str]) -> list[str]:
        """The addresses that `host` resolved to, where it may be reached at all of them. Raises AddressRefused."""
        if not self._names(host) and not all(map(self._may_reach, addresses)):
            # Whoever asks must not learn what a name means inside.
            raise AddressRefused(REFUSAL)
        return addresses

    def allows(self, host: str, account: str = "") -> bool:
        """Tell whether CALLBACK_ALLOW names this host, or the network of its address."""
        if self._names(host):
            return True
        try:
            addresses = self.resolve(host, account, ACCEPT_S)
        except (AddressRefused, Unresolvable):
            return False
        return all(self._in_networks(ip_address(address)) for address in addresses)

    def could_allow(self, host: str) -> bool:
        """Tell whether `allows` may be true of this host, as far as that is known without resolving a name."""
        address = _address(host)
        inside = address is None or self._in_networks(address)
        return self._names(host) or (bool(self._networks) and inside)

    def _names(self, host: str) -> bool:
        return _plain(host) in self._hosts

    def _judge(self, written: str) -> bool:
        address = ip_address(written)
        return is_public(address) or self._in_networks(address)

    def _in_networks(self, address: Address) -> bool:
        return any(one in network for one in _meant(address) for network in self._networks)


def is_public(address: Address) -> bool:
    """Tell whether nothing in the table speaks against this address, nor against an IPv4 one that it carries."""
    if isinstance(address, IPv6Address) and any(address in network for network in CARRIERS):
        return is_public(_last_four(address))
    return not any(address in network for network in REFUSED) and not any(map(_is_refused, _carried(address)))


def _is_refused(address: Address) -> bool:
    return any(address in network for network in REFUSED)


def _meant(address: Address) -> Iterable[Address]:
    yield address
    yield from _carried(address)


def _carried(address: Address) -> Iterable[IPv4Address]:
    """The IPv4 addresses inside: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP."""
    if not isinstance(address, IPv6Address):
        return
    if any(address in network for network in _ENDING_IN_IPV4) or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        yield _last_four(address)
    if address.sixtofour is not None:
        yield address.sixtofour
    yield from address.teredo or ()


_ENDING_IN_IPV4 = tuple(
    IPv6Network(text) for text in ("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)
_ISATAP = (0x00005EFE, 0x02005EFE)


def _last_four(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


@lru_cache(4096)
def _address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_localhost(host: str) -> bool:
    """Tell whether the name is this machine, which no resolver is asked for (RFC 6761)."""
    plain = _plain(host)
    return plain == "localhost" or plain.endswith(".localhost")


def _is_network(entry: str) -> bool:
    try:
        ip_network(entry, strict=False)
    except ValueError:
        if "/" in entry:
            raise
        return False
    return True


def _plain(host: str) -> str:
    return host.strip().rstrip(".").lower()
