"""Values of the environment, each read as its kind; errors name the variable and what would be right."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeVar
from urllib.parse import urlsplit

from service.config import redis_address

Networks = tuple[IPv4Network | IPv6Network, ...]

HIGHEST_PORT = 65535
HOST_NAME = re.compile(r"[\w.-]+")
MOST_DAYS = 100_000
WEB = ("http", "https")
RATE = re.compile(r"([1-9][0-9]{0,8}) */ *([1-9][0-9]{0,4})")
Default = TypeVar("Default", int, None)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: int


class Environment:
    """The environment's variables. Each method raises ValueError naming the variable whose value can't be read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        """The value without blanks around it; blank counts as unset."""
        return self._variables.get(name, "").strip() or default

    def items(self, name: str) -> tuple[str, ...]:
        """The members of a comma list."""
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def number(self, name: str, default: float) -> float:
        """A number from 0 on."""
        try:
            return _amount(self.text(name, str(default)))
        except ValueError:
            raise ValueError(f"{name} must be a number from 0 on, not {self._variables[name]!r}") from None

    def numbers(self, name: str) -> tuple[float, ...] | None:
        """A comma list of seconds, None where it is unset."""
        try:
            return tuple(map(_amount, self.items(name))) or None
        except ValueError:
            raise ValueError(f"{name} must be a comma list of seconds") from None

    def whole(self, name: str, default: int) -> int:
        """A whole number from 1 on."""
        value = self.text(name, str(default))
        if not value.isdecimal() or not int(value):
            raise ValueError(f"{name} must be a whole number from 1 on, not {self._variables[name]!r}")
        return int(value)

    def port(self, name: str, default: int) -> int:
        """A port's number."""
        if (port := self.whole(name, default)) > HIGHEST_PORT:
            raise ValueError(f"{name} must be {HIGHEST_PORT} at most, not {port}")
        return port

    def count(self, name: str, default: Default) -> int | Default:
        """Read a whole number from 0 on. Raises ValueError."""
        if not (value := self.text(name)):
            return default
        if not value.isascii() or not value.isdecimal():
            raise ValueError(f"{name} must be a whole number from 0 on, not {self._variables[name]!r}")
        return int(value)

    def rate(self, name: str) -> Rate | None:
        """Read calls in seconds, like `500/60`; None where it is unset. Raises ValueError."""
        if not (value := self.text(name)):
            return None
        if not (said := RATE.fullmatch(value)):
            wanted = "calls and seconds from 1 on, like 500/60 for 500 calls in each 60 seconds"
            raise ValueError(f"{name} must be {wanted}, not {self._variables[name]!r}")
        return Rate(int(said[1]), int(said[2]))

    def days(self, name: str) -> int | None:
        """A whole number of days, 0 for ever, None where it is unset."""
        if not (value := self.text(name)):
            return None
        if not value.isdecimal() or int(value) > MOST_DAYS:
            raise ValueError(f"{name} must be a whole number of days, 0 for ever, not {self._variables[name]!r}")
        return int(value)

    def url(self, name: str, *schemes: str) -> str:
        """A URL of one of these schemes, empty where it is unset."""
        if (value := self.text(name)) and not _leads_to(value, schemes):
            # The value isn't shown: it may hold a password.
            begin = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"{name} must be a URL that begins with {begin} and names a place")
        return value

    def redis(self, name: str) -> str:
        """The URL of a Redis, empty where it is unset."""
        value = self.text(name)
        try:
            if value:
                redis_address.check(value)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
        return value

    def allowed(self, name: str) -> tuple[str, ...]:
        """A comma list of host names and networks."""
        return tuple(_allowed(name, entry) for entry in self.items(name))

    def trusted(self, name: str) -> int | Networks:
        """A count of proxies, or a comma list of their networks."""
        return _trusted(name, self.items(name))

    def origins(self, name: str) -> tuple[str, ...]:
        """A comma list of origins, as browsers write them, or a star."""
        return tuple(_origin(name, entry) for entry in self.items(name))


def _leads_to(url: str, schemes: Sequence[str]) -> bool:
    """Return whether this is a URL of one of these schemes (a driver behind a + aside) with a host or a path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    place = parts.netloc if parts.scheme in (*WEB, "s3") else parts.netloc + parts.path
    return parts.scheme.partition("+")[0] in schemes and bool(place)


def _allowed(name: str, entry: str) -> str:
    """One host name or network. Raises ValueError for what is neither a host name nor a network."""
    if not HOST_NAME.fullmatch(entry):
        try:
            ip_network(entry, strict=False)
        except ValueError:
            raise ValueError(f"{name} must be a comma list of hosts and CIDRs; {entry!r} is neither") from None
    return entry


def _trusted(name: str, entries: Sequence[str]) -> int | Networks:
    """A count, or networks. Raises ValueError for what is neither."""
    if len(entries) == 1 and entries[0].isascii() and entries[0].isdigit() and len(entries[0]) <= len("99"):
        return int(entries[0])
    try:
        return tuple(ip_network(entry, strict=False) for entry in entries)
    except ValueError:
        raise ValueError(
            f"{name} must be a count of proxies or a comma list of CIDRs, not {','.join(entries)!r}"
        ) from None


def _origin(name: str, entry: str) -> str:
    """One origin, as browsers write it. Raises ValueError for what is no origin."""
    parts = urlsplit(entry)
    if entry != "*" and (parts.scheme not in WEB or not parts.netloc or parts.path.strip("/") or parts.query):
        raise ValueError(f"{name} must be * or a comma list of origins like https://app.example, not {entry!r}")
    return entry.rstrip("/").lower()


def _amount(text: str) -> float:
    """A number from 0 on, neither infinite nor none at all. Raises ValueError."""
    amount = float(text)
    if not 0 <= amount < math.inf:
        raise ValueError(text)
    return amount
