"""Addresses of a Redis: one server, the master that sentinels name, or a cluster."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

Kind = Literal["server", "sentinel", "cluster"]
PLAIN = ("redis", "rediss", "unix")
PORTS = {"sentinel": 26379, "cluster": 6379}
EXAMPLES = (
    "redis://host:6379/0, rediss://…, unix:///path, redis+sentinel://host:26379,host:26379/NAME "
    "or redis+cluster://host:6379,host:6379"
)


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """An address of several servers: `service` is the name that sentinels know the master by, None in a cluster."""

    kind: Kind
    hosts: tuple[tuple[str, int], ...]
    tls: bool = False
    username: str | None = None
    password: str | None = None
    service: str | None = None
    db: int = 0
    sentinel_username: str | None = None
    sentinel_password: str | None = None


def kind_of(url: str) -> Kind:
    """Tell what the URL leads to. Raises ValueError."""
    scheme, _, kind = urlsplit(url).scheme.partition("+")
    if not kind and scheme in PLAIN:
        return "server"
    if scheme in ("redis", "rediss") and kind in PORTS:
        return "sentinel" if kind == "sentinel" else "cluster"
    raise ValueError(f"must be one of {EXAMPLES}")


def parse(url: str) -> RedisAddress:
    """Read the URL of sentinels or of a cluster. Raises ValueError."""
    kind, parts = kind_of(url), urlsplit(url)
    login, _, places = parts.netloc.rpartition("@")
    username, _, password = login.partition(":")
    service, db = _service(parts.path) if kind == "sentinel" else (None, 0)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return RedisAddress(
        kind=kind,
        hosts=tuple(_host(place, PORTS[kind]) for place in places.split(",")),
        tls=parts.scheme.startswith("rediss"),
        username=unquote(username) or None,
        password=unquote(password) or None,
        service=service,
        db=db,
        sentinel_username=asked.get("sentinel_username"),
        sentinel_password=asked.get("sentinel_password"),
    )


def check(url: str) -> None:
    """Raise ValueError for an address that no client can be made of."""
    if kind_of(url) != "server":
        parse(url)
        return
    parts = urlsplit(url)
    if not parts.netloc + parts.path:
        raise ValueError(f"must be one of {EXAMPLES}")


def _service(path: str) -> tuple[str, int]:
    name, _, db = path.strip("/").partition("/")
    if not name or not (db or "0").isdecimal():
        raise ValueError("must name the master that its sentinels watch: redis+sentinel://host:26379,host:26379/NAME")
    return unquote(name), int(db or 0)


def _host(place: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{place.strip()}")
    if not parts.hostname:
        raise ValueError(f"must be one of {EXAMPLES}")
    return parts.hostname, parts.port or port
