"""Requests that arrive together go to a thread together: who comes while others are answered is in the next group."""

import asyncio
from typing import Any, Protocol

from service.web.edge.turns import Threads, Turns
from service.web.edge.wsgi import FAULT, WsgiAnswer

# One group computes while another waits for the disk.
AT_ONCE = 2
MOST = 64
# Places of one address among those that wait.
MOST_OF_ONE = 96
Waiting = tuple[dict[str, Any], "asyncio.Future[WsgiAnswer | None]"]


class Answerer(Protocol):
    """An answerer of groups, called in a thread."""

    def takes(self, environ: dict[str, Any]) -> bool:
        """Tell, on the loop, whether it may be able to answer a request."""

    def answer(self, environs: list[dict[str, Any]]) -> list[WsgiAnswer | None]:
        """Answer each, or None for those that the application answers."""


class Groups:
    """Gathers the requests of an entrance. Used on the loop alone."""

    def __init__(self, entrance: Answerer) -> None:
        """At most AT_ONCE groups of at most MOST are in hand."""
        self.takes = entrance.takes
        self._entrance = entrance
        self._threads = Threads(AT_ONCE, "group")
        self._turns = Turns(AT_ONCE * MOST, MOST_OF_ONE)
        self._waiting: list[Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, environ: dict[str, Any], address: str) -> WsgiAnswer | None:
        """The answer to a request, once its group is answered; None where the application has to give it."""
        async with self._turns.turn(address):
            return await self._answer(environ)

    async def _answer(self, environ: dict[str, Any]) -> WsgiAnswer | None:
        future: asyncio.Future[WsgiAnswer | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((environ, future))
        if len(self._tasks) < AT_ONCE:
            task = asyncio.create_task(self._serve())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _serve(self) -> None:
        """Answer groups as long as anybody waits."""
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            answers = await self._answered([environ for environ, _ in group])
            for (_, future), answer in zip(group, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    async def _answered(self, environs: list[dict[str, Any]]) -> list[WsgiAnswer | None]:
        try:
            return await self._threads.call(lambda: self._entrance.answer(environs))
        except Exception as error:
            # Perhaps some were accepted, so none may be asked for again: the application logs and tells the fault.
            for environ in environs:
                environ[FAULT] = error
            return [None] * len(environs)
