"""Places for event bodies of a megabyte and more, which are read when they are posted and not before.

A chat's event may be as large as a request, and a receiver may take it slowly: a deliverer holds a few at once, and one
of an account, so that no account's events fill its memory. Small ones stand behind none of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

PLACES = 4


class LargeBodies:
    """One deliverer's. Used on the loop alone."""

    def __init__(self) -> None:
        """All places are free."""
        self._places = asyncio.Semaphore(PLACES)
        self._of: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def place(self, account: str) -> AsyncIterator[None]:
        """Hold a place for one body of `memory_shares.LARGE` bytes or more."""
        own = self._of.setdefault(account, asyncio.Lock())
        async with own, self._places:
            yield
