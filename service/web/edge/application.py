"""The ASGI application of a web process: reads a request whole, lets a thread answer it, sends what it answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from service.errors import ServiceError
from service.web.edge import bodies, exchange, wsgi
from service.web.edge.crowd import Crowd, of_network
from service.web.edge.exchange import Exchange
from service.web.edge.groups import Answerer, Groups
from service.web.edge.turns import Threads, Turns

WATCHED_EVERY_S = 1.0
# Besides what one address may have, so that the others' short calls find a thread.
SHARE_OF_ONE = 0.75
Send = Callable[[Any], Awaitable[None]]
log = structlog.get_logger("edge")


class Limits(Protocol):
    """Questions about a body that the edge asks the application, in a thread."""

    def __call__(self, environ: dict[str, Any]) -> tuple[int, ServiceError]:
        """Return how many bytes this caller may send here, and how more is refused."""


class Edge:
    """One process's: `application` is WSGI, `limits` says how large a body may be."""

    def __init__(
        self,
        application: wsgi.Application,
        limits: Limits,
        threads: int,
        crowd: Crowd,
        at_end: Callable[[], None] = lambda: None,
        entrance: Answerer | None = None,
    ) -> None:
        """`threads` requests are answered at once; `crowd` is watched while the process lives.

        `at_end` is called once the last request is answered, before the process ends. `entrance` answers what it can
        of the requests that it takes, those that arrive together at once.
        """
        self._groups = None if entrance is None else Groups(entrance)
        self._at_end = at_end
        self._crowd = crowd
        self._application, self._limits = application, limits
        self._threads = Threads(threads, "request")
        self._asking = Threads(4, "asking")
        self._turns = Turns(threads, max(1, int(threads * SHARE_OF_ONE)))

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        shared = exchange.of(scope)
        try:
            body = await bodies.read(receive, shared, _told_length(scope), lambda: self._limit(scope))
        except bodies.CallerLeft:
            return
        try:
            await self._answer(scope, body, shared, send)
        finally:
            body.close()

    async def _live(self, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        """Watch the connections from the start of the process to its end."""
        await receive()
        watching = asyncio.create_task(self._watch())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        watching.cancel()
        try:
            await self._asking.call(self._at_end)
        except Exception:
            log.exception("the process could not be closed in order")
        await send({"type": "lifespan.shutdown.complete"})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCHED_EVERY_S)
            moment = time.monotonic()
            for guest in self._crowd.guests():
                try:
                    guest.watch(moment)
                except Exception:
                    log.exception("a connection could not be watched")

    async def _limit(self, scope: Any) -> tuple[int, ServiceError]:
        environ = wsgi.environment(scope, bodies.Body())
        return await self._asking.call(lambda: self._limits(environ))

    async def _answer(self, scope: Any, body: bodies.Body, shared: Exchange, send: Send) -> None:
        environ = wsgi.environment(scope, body)
        address = of_network(scope["client"][0]) if scope["client"] else ""
        answer = None
        if self._groups is not None and self._groups.takes(environ):
            answer = await self._groups.answer(environ, address)
        if answer is None:
            answer = await self._alone(environ, address, shared, send)
        if answer is None:
            return
        # The rest of a body that was refused is read and dropped, unless it will never come.
        closing = shared.stalled or (not body.complete and _asks_first(scope))
        if isinstance(answer.body, bytes):
            await _begin(answer, send, closing)
            shared.written.amount += len(answer.body)
            await send({"type": "http.response.body", "body": answer.body})
            return
        try:
            await _begin(answer, send, closing)
            await _send_stored(answer.body, shared, send)
        finally:
            answer.body.close()

    async def _alone(
        self, environ: dict[str, Any], address: str, shared: Exchange, send: Send
    ) -> wsgi.WsgiAnswer | None:
        """The application's answer, from a thread; None where there is nothing left to send."""
        async with self._turns.turn(address):
            if shared.gone:
                return None
            answer = await self._threads.call(lambda: wsgi.call(self._application, environ))
            if isinstance(answer.body, bytes | wsgi.ReadyBody):
                return answer
            await self._stream(answer, shared, send)
            return None

    async def _stream(self, answer: wsgi.WsgiAnswer, shared: Exchange, send: Send) -> None:
        """Send what a thread goes on making; the thread waits while the caller takes nothing."""
        await _begin(answer, send)
        loop = asyncio.get_running_loop()

        async def pass_on(piece: bytes) -> bool:
            shared.written.amount += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            return not shared.gone

        def make() -> None:
            for piece in wsgi.parts(answer.body):
                if piece and not asyncio.run_coroutine_threadsafe(pass_on(piece), loop).result():
                    return

        await self._threads.call(make)
        await send({"type": "http.response.body", "body": b""})


async def _begin(answer: wsgi.WsgiAnswer, send: Send, closing: bool = False) -> None:
    headers = answer.encoded_headers
    if closing:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def _send_stored(stored: Any, shared: Exchange, send: Send) -> None:
    async for piece in stored.pieces():
        if shared.gone:
            return
        shared.written.amount += len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _asks_first(scope: Any) -> bool:
    return any(name == b"expect" for name, _ in scope["headers"])


def _told_length(scope: Any) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)
    return None
