"""Reading a request's environment: proxies whose word on the caller's address is taken, and PUBLIC_URL's path."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import takewhile
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

# In the environment: who holds the connection, where REMOTE_ADDR may be another's by a proxy's word.
PEER = "genhook.peer"
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
# More proxies than stand one behind the other anywhere.
MOST_HOPS = 64
Networks = Sequence[IPv4Network | IPv6Network]


class CallerAddress:
    """Sets REMOTE_ADDR to the caller's own address, as far as trusted proxies tell it.

    A count N takes the Nth `X-Forwarded-For` from the right; networks walk from the right to the first address that is
    in none of them. Where nobody is trusted it is left out, and every such header ignored.
    """

    def __init__(self, trusted: int | Networks) -> None:
        """`trusted` is a count of proxies or their networks."""
        self._trusted = trusted

    def __call__(self, environ: dict[str, Any]) -> None:
        """Set it."""
        environ[PEER] = environ.get("REMOTE_ADDR", "")
        told = _told(environ)
        if told:
            environ["REMOTE_ADDR"] = self._caller(environ[PEER], told)

    def _caller(self, peer: str, told: Sequence[str]) -> str:
        if isinstance(self._trusted, int):
            return told[-self._trusted] if len(told) >= self._trusted else peer
        caller = peer
        for address in reversed(told):
            if not _is_trusted(self._trusted, caller):
                return caller
            caller = address
        return caller


class BelowPath:
    """Takes PUBLIC_URL's path off, where the proxy in front has left it on."""

    def __init__(self, path: str, routes: Map) -> None:
        """The application's own `routes` win over a path that could be either."""
        self._path, self._routes = path, routes

    def __call__(self, environ: dict[str, Any]) -> None:
        """Take it off."""
        asked = environ.get("PATH_INFO", "")
        if self._path and asked.startswith(self._path + "/") and not self._is_own(environ):
            environ["PATH_INFO"] = asked.removeprefix(self._path)

    def _is_own(self, environ: dict[str, Any]) -> bool:
        try:
            self._routes.bind_to_environ(environ).match()
        except HTTPException as error:
            return error.code == 405
        return True


def is_local(environ: dict[str, Any]) -> bool:
    """Tell if the caller is on this machine itself, with no proxy between."""
    if any(name in environ for name in FORWARDED) or any(name.startswith("HTTP_X_FORWARDED_") for name in environ):
        return False
    try:
        peer = ip_address(environ.get(PEER, environ.get("REMOTE_ADDR", "")))
    except ValueError:
        return False
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback


def hops(environ: Mapping[str, Any], trusted: int | Networks) -> int:
    """Count the trusted proxies that the request came through, 0 where its peer is none of them."""
    if isinstance(trusted, int):
        return trusted
    way = (environ[PEER], *reversed(_told(environ)))
    return sum(1 for _ in takewhile(lambda address: _is_trusted(trusted, address), way))


def _told(environ: Mapping[str, Any]) -> list[str]:
    """Return the addresses that the last proxies wrote. What a caller wrote before them may be of any length."""
    parts = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", MOST_HOPS)[-MOST_HOPS:]
    return [part for text in parts if (part := _address(text))]


def _is_trusted(networks: Networks, address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)


def _address(text: str) -> str | None:
    """An address as proxies write it: with a port, in brackets, or neither; None for what is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None
