"""Request threads, shared fairly between addresses: who finds none free waits in the loop, each address in its turn."""

import asyncio
import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[], Any]]


class Threads:
    """Runs calls in threads that are started as they are needed and end with the process."""

    def __init__(self, most: int, name: str) -> None:
        """At most `most` calls run at once; the others wait in the order of their coming."""
        self._most, self._name = most, name
        self._started, self._busy = 0, 0
        self._jobs: SimpleQueue[Job] = SimpleQueue()

    async def call(self, work: Callable[[], T]) -> T:
        """`work`'s result, made in a thread."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._busy += 1
        if self._busy > self._started < self._most:
            self._started += 1
            threading.Thread(target=self._run, name=f"{self._name}-{self._started}", daemon=True).start()
        self._jobs.put((loop, future, work))
        try:
            return await future
        finally:
            self._busy -= 1

    def _run(self) -> None:
        while True:
            loop, future, work = self._jobs.get()
            try:
                result, error = work(), None
            except BaseException as raised:
                result, error = None, raised
            loop.call_soon_threadsafe(_settle, future, result, error)
            del future, work, result, error


def _settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


class Turns:
    """The order in which requests get threads. Used on the loop alone."""

    def __init__(self, most: int, most_of_one: int) -> None:
        """`most` at once in all, `most_of_one` of one address."""
        self._most, self._most_of_one = most, most_of_one
        self._taken = 0
        self._by_address: dict[str, int] = defaultdict(int)
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """A thread's turn for a request of this address, once there is one."""
        if self._waiting or not self._may(address):
            await self._wait(address)
        else:
            self._take(address)
        try:
            yield
        finally:
            self._give_back(address)

    async def _wait(self, address: str) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(future)
        self._hand_out()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._give_back(address)
            raise

    def _may(self, address: str) -> bool:
        return self._taken < self._most and self._by_address[address] < self._most_of_one

    def _take(self, address: str) -> None:
        self._taken += 1
        self._by_address[address] += 1

    def _give_back(self, address: str) -> None:
        self._taken -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        self._hand_out()

    def _hand_out(self) -> None:
        """Give free turns to who waits, one address after the other."""
        for _ in range(len(self._waiting)):
            if self._taken >= self._most:
                return
            address, queue = self._waiting.popitem(last=False)
            while queue and queue[0].cancelled():
                queue.popleft()
            if queue and self._may(address):
                self._take(address)
                queue.popleft().set_result(None)
            if queue:
                self._waiting[address] = queue
