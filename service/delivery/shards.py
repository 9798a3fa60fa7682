"""Which deliverer posts to which host: a host's deliveries lie in one shard, a shard belongs to one deliverer."""

import zlib
from functools import lru_cache
from urllib.parse import urlsplit

SHARDS = 64
# Hosts and addresses that are kept in mind where working them out anew costs more.
KNOWN = 4096


@lru_cache(KNOWN)
def host_of(url: str) -> str:
    """The URL's host as its rate and its shard know it: whatever the port, the case or a final dot."""
    return (urlsplit(url).hostname or "").rstrip(".")


def shard_of(url: str) -> int:
    """The shard of the URL's host."""
    return zlib.crc32(host_of(url).encode()) % SHARDS


def listed(members: tuple[str, ...] | list[str]) -> str:
    """A list as SQL can look into it: `,a,b,`, empty for none."""
    return f",{','.join(members)}," if members else ""


def unlisted(text: str) -> list[str]:
    """The list that `listed` wrote."""
    return [member for member in text.split(",") if member]
