"""Verification of providers' webhooks: public keys, kept for a day, and a bound on their age."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from service.errors import ServiceError

TOLERANCE_S = 300.0
KEPT_S = 24 * 3600.0
# After a failure the provider is not asked for its key again before this.
AGAIN_S = 60.0
T = TypeVar("T")


class Kept(Generic[T]):
    """A provider's verification key, fetched when it is first needed and once a day; one thread at a time fetches."""

    def __init__(self, take: Callable[[], T]) -> None:
        """`take` asks the provider; the ServiceError that it raises means that there is no key for now."""
        self._take = take
        self._taking = threading.Lock()
        self._value: T | None = None
        self._until = 0.0

    def now(self) -> T | None:
        """The key; None where it can't be had, or another thread is at it: a webhook is sent again."""
        if time.monotonic() < self._until or not self._taking.acquire(blocking=False):
            return self._value
        try:
            self._value, self._until = self._take(), time.monotonic() + KEPT_S
        except ServiceError:
            self._value, self._until = None, time.monotonic() + AGAIN_S
        finally:
            self._taking.release()
        return self._value


def is_recent(timestamp: str) -> bool:
    """Return whether these Unix seconds are within five minutes of now."""
    return timestamp.isascii() and timestamp.isdecimal() and abs(time.time() - int(timestamp)) <= TOLERANCE_S
