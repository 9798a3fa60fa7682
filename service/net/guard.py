"""Which addresses callers may make the service reach.

Private, loopback, link-local, multicast and reserved ones are refused after resolution, unless CALLBACK_ALLOW names
the host or its network. Every resolved address must be allowed, and only those that were checked are connected to.
Source: contract, section 4.
"""

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from service.errors import AddressRefused

SCHEMES = {"http": 80, "https": 443}
NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
Address = IPv4Address | IPv6Address


class Guard:
    """Checks URLs and resolves hosts. Shared by every thread."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        """`allow` are host names and networks. Raises ValueError for a network that can't be read."""
        self._networks = [ip_network(entry, strict=False) for entry in allow if _is_network(entry)]
        self._hosts = {_plain(entry) for entry in allow if not _is_network(entry)}

    def check_url(self, url: str, pointer: str = "") -> None:
        """Raises AddressRefused at `pointer` for a URL that is malformed or whose host has a refused address.

        A name that does not resolve now passes: it is checked again whenever it is used.
        """
        try:
            parts = split(url)
            self.resolve(str(parts.hostname), parts.port or SCHEMES[parts.scheme])
        except Unresolvable:
            return
        except AddressRefused as refusal:
            raise AddressRefused.at(pointer, refusal.message) from None

    def resolve(self, host: str, port: int) -> list[str]:
        """The addresses of `host`, all checked. Raises AddressRefused, and Unresolvable where there are none."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unresolvable(f"{host} can't be resolved.") from error
        addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
        if not self._names(host):
            for address in addresses:
                self._check(host, ip_address(address))
        return addresses

    def allows(self, host: str) -> bool:
        """Whether CALLBACK_ALLOW names this host, or the network of its address."""
        if self._names(host):
            return True
        try:
            addresses = self.resolve(host, 443)
        except (AddressRefused, Unresolvable):
            return False
        return all(self._in_networks(ip_address(address)) for address in addresses)

    def _names(self, host: str) -> bool:
        return _plain(host) in self._hosts

    def _check(self, host: str, address: Address) -> None:
        if not self._in_networks(address) and not all(map(_public, _meant(address))):
            raise AddressRefused(f"{host} has an address that is not public ({address}).")

    def _in_networks(self, address: Address) -> bool:
        return any(one in network for one in _meant(address) for network in self._networks)


class Unresolvable(Exception):
    """The host has no address now."""


def split(url: str) -> SplitResult:
    """The URL's parts. Raises AddressRefused for one that is no plain http(s) URL with a host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(f"is not a URL: {error}") from None
    if parts.scheme not in SCHEMES:
        raise AddressRefused("must be an http or https URL")
    if not parts.hostname or port == 0:
        raise AddressRefused("must be a URL with a host")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("must not hold a user name or password")
    if any(letter.isspace() or ord(letter) < 32 for letter in url) or "\\" in url:
        raise AddressRefused("must not hold spaces, control characters or backslashes")
    return parts


def _meant(address: Address) -> Iterable[Address]:
    """The address, and the IPv4 one that it carries inside: mapped, 6to4, Teredo, NAT64."""
    yield address
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if any(address in network for network in NAT64):
            inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
        yield from (one for one in inner if one is not None)


def _public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        # Judged by the address inside.
        return True
    reserved = address.is_multicast or address.is_reserved or address.is_unspecified
    return (address.is_global and not reserved) or any(address in network for network in NAT64[:1])


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
