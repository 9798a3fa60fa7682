"""Which deliverer posts to which host: a host's deliveries lie in one shard, a shard belongs to one deliverer."""

import zlib
from urllib.parse import urlsplit

SHARDS = 64


def shard_of(url: str) -> int:
    """The shard of the URL's host and port."""
    return zlib.crc32(urlsplit(url).netloc.lower().encode()) % SHARDS


def listed(members: tuple[str, ...] | list[str]) -> str:
    """A list as SQL can look into it: `,a,b,`, empty for none."""
    return f",{','.join(members)}," if members else ""


def unlisted(text: str) -> list[str]:
    """The list that `listed` wrote."""
    return [member for member in text.split(",") if member]
