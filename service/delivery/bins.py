"""Request bins: one an account, in which callbacks can be looked at without a receiver of one's own.

A bin is a list in Redis that is cut short and forgotten after a day: nothing depends on it. Its address holds 128 bits
that only the account's keys are told. Deliveries to it are put in by the deliverer itself, so that no private address
is opened for them; what others post comes in over HTTP.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from redis.exceptions import RedisError

from service.accounts.crypt import Vault
from service.errors import NotFound, RateLimited, Unavailable
from service.queue.redis_client import connect
from service.store.clock import iso, now

KEPT = 20
KEPT_S = 24 * 3600
BODY_BYTES = 64 * 1024
HEADERS_KEPT = 40
HEADER_LENGTH = 2000
PER_MINUTE = 120
TOKEN = 32


class Bins:
    """Reads and fills the bins."""

    def __init__(self, redis_url: str, url: str, vault: Vault) -> None:
        """`url` is the service's own address, without a slash at its end."""
        self._redis = connect(redis_url)
        self._prefix = f"{url}/bin/"
        self._vault = vault

    def url(self, account_id: str) -> str:
        """Return the address of the account's bin."""
        return self._prefix + self._token(account_id)

    def owns(self, url: str, account_id: str) -> bool:
        """Tell whether `url` is this account's bin."""
        return url.startswith(self._prefix) and url == self.url(account_id)

    def read(self, account_id: str) -> list[dict[str, Any]]:
        """Return what the account's bin holds, newest first, and keep it open for a day. Raises Unavailable."""
        token = self._token(account_id)
        with _reached():
            self._redis.set(_open(token), "1", ex=KEPT_S)
            return [orjson.loads(one) for one in self._redis.lrange(_held(token), 0, KEPT - 1)]

    def clear(self, account_id: str) -> None:
        """Throw away what the account's bin holds. Raises Unavailable."""
        with _reached():
            self._redis.delete(_held(self._token(account_id)))

    def keep(self, token: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Put a request into an open bin. Raises NotFound, RateLimited, Unavailable."""
        with _reached():
            if not self._redis.exists(_open(token)):
                raise NotFound("There is no such request bin, or nobody looked into it for a day.")
            if self._count(token) > PER_MINUTE:
                raise RateLimited(f"A request bin takes {PER_MINUTE} requests a minute.", retry_after=60)
            self._push(token, headers, body)

    def keep_own(self, account_id: str, headers: Mapping[str, str], body: bytes) -> None:
        """Put a delivery into the account's bin, open or not. Raises Unavailable."""
        with _reached():
            self._push(self._token(account_id), headers.items(), body)

    def _push(self, token: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        kept = {
            "at": iso(now()),
            "headers": {name.lower(): value[:HEADER_LENGTH] for name, value in list(headers)[:HEADERS_KEPT]},
            "body": body[:BODY_BYTES].decode(errors="replace"),
            "truncated": len(body) > BODY_BYTES,
        }
        pipe = self._redis.pipeline()
        pipe.lpush(_held(token), orjson.dumps(kept))
        pipe.ltrim(_held(token), 0, KEPT - 1)
        pipe.expire(_held(token), KEPT_S)
        pipe.execute()

    def _count(self, token: str) -> int:
        """Count this request into the minute, and return how many there were."""
        name = f"genhook:bin:{token}:minute:{now() // 60_000}"
        pipe = self._redis.pipeline()
        pipe.incr(name)
        pipe.expire(name, 60)
        return int(pipe.execute()[0])

    def _token(self, account_id: str) -> str:
        return self._vault.digest(f"bin:{account_id}")[:TOKEN]


@contextmanager
def _reached() -> Iterator[None]:
    """Raise Unavailable where Redis does not answer."""
    try:
        yield
    except RedisError:
        raise Unavailable("Request bins are kept in Redis, which does not answer now.", retry_after=5) from None


def _open(token: str) -> str:
    return f"genhook:bin:{token}:open"


def _held(token: str) -> str:
    return f"genhook:bin:{token}:held"
