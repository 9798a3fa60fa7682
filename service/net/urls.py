"""Read URLs as browsers do: drop blanks around, percent-encode what may not stand in one, write names in ASCII.

The WHATWG rules are ada's; what a browser would repair silently but may hide an address (a backslash, a control
character, a user name) is refused.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import ada_url

from service.errors import AddressRefused

LONGEST = 8192
SHOWN = 200
PORTS = {"http": 80, "https": 443}
AROUND = "".join(map(chr, range(33)))
_BEGINNING = re.compile(r"(https?)://([^/?#]*)", re.I)
_PORT = re.compile(r":([^\]:]*)$")


@dataclass(frozen=True, slots=True)
class WebUrl:
    """A checked http(s) URL: `text` as it is asked for, `host` without brackets, `target` of the request line."""

    text: str
    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The `Host` header: the port only where it isn't the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return what a connection is kept for."""
        return self.scheme, self.host, self.port


@lru_cache(4096)
def parse(url: str) -> WebUrl:
    """Read one URL. Raises AddressRefused for what is no plain http(s) URL with a host."""
    text = url.strip(AROUND)
    if len(text) > LONGEST:
        raise AddressRefused(f"must be at most {LONGEST} characters")
    beginning = _BEGINNING.match(text)
    if beginning is None:
        raise AddressRefused("must be an http or https URL")
    _check(text, beginning[2])
    try:
        read = ada_url.URL(text)
    except (ValueError, UnicodeError):
        raise AddressRefused("is not a URL") from None
    scheme = read.protocol.rstrip(":")
    port = int(read.port) if read.port else PORTS[scheme]
    host = read.hostname.strip("[]")
    target = (read.pathname or "/") + read.search
    return WebUrl(read.href.partition("#")[0], scheme, host, port, target)


def joined(base: WebUrl, location: str) -> WebUrl:
    """Return where a redirect from `base` leads. Raises AddressRefused."""
    if "\\" in location:
        raise AddressRefused("must not hold backslashes")
    try:
        return parse(ada_url.URL(location, base=base.text).href)
    except (ValueError, UnicodeError):
        raise AddressRefused("is not a URL") from None


def is_absolute(text: str) -> bool:
    """Tell whether browsers read this as a URL of any scheme, once blanks around it are dropped."""
    try:
        ada_url.URL(text.strip(AROUND))
    except (ValueError, UnicodeError):
        return False
    return True


def named(url: str) -> str:
    """Name an address in a message: without its query, which may hold a signature, and shortened."""
    name = url.strip(AROUND).partition("?")[0]
    return name if len(name) <= SHOWN else f"{name[:SHOWN]}…"


def _check(text: str, authority: str) -> None:
    """Refuse what a browser would repair in silence."""
    if "@" in authority:
        raise AddressRefused("must not hold a user name or password; a callback takes them as callback_headers")
    before_query = re.split("[?#]", text, maxsplit=1)[0]
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text) or "\\" in before_query or " " in authority:
        raise AddressRefused("must not hold control characters, backslashes, or spaces in its host")
    if not _PORT.sub("", authority):
        raise AddressRefused("must be a URL with a host")
    port = _PORT.search(authority)
    if port is not None and port[1].strip("0") == "" and port[1]:
        raise AddressRefused("must be a URL with a host and a port from 1 on")
