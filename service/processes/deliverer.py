"""The callbacks process: posts what is due of its shards, and records what came of it.

Redis tells it at once that something is due; once a second it looks for itself. Posted but not recorded is posted
again: at least once.
"""

import asyncio
import gc
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import lru_cache, partial
from typing import TypeVar

import structlog
import uvloop
from structlog.contextvars import bind_contextvars

from service.accounts.crypt import WrongSecretKey
from service.config import Settings
from service.config.process import give_back_large_buffers
from service.context import Context, open_context
from service.delivery import headers
from service.delivery.book import ROLE, Attempted, Book, Due
from service.delivery.events import PROGRESS
from service.delivery.large_bodies import LargeBodies
from service.delivery.origins import log_failures, origins
from service.delivery.schedule import Receipt, decide
from service.delivery.sender import Sender
from service.delivery.shards import SHARDS
from service.delivery.signing import Signer
from service.net.guard import Guard
from service.net.resolver import Resolver
from service.queue import DELIVERIES, listen
from service.store.clock import now
from service.store.heartbeat import Heartbeat
from service.store.memory_shares import LARGE
from service.telemetry import metrics, traces
from service.telemetry.gathering import Gathering
from service.telemetry.threads import SupervisedThread

T = TypeVar("T")
LOOK_S = 1.0
LEASE_S = 2.0
COMMIT_S = 0.02
# What one look takes, and what an account has in flight in one shard at most, give or take a look.
AT_ONCE = 128
# So many accounts may have that in one shard.
ACCOUNTS_AT_ONCE = 8
DRAIN_S = 20.0
# Callers' headers that are kept in the clear, so that each is decrypted once.
OPENED = 4096
# Metrics name an attempt by what it leads to.
RESULTS = {"delivered": "delivered", "pending": "retried", "failed": "failed"}
log = structlog.get_logger("callbacks")


def run(settings: Settings) -> None:
    """Deliver until told to stop; posts in hand are finished first."""
    give_back_large_buffers()
    context = open_context(settings)
    heart = Heartbeat(context.database, ROLE)
    heart.start()
    gathering = Gathering(settings.redis)
    gathering.start()
    traces.start("callbacks")
    # What is loaded by now stays: the collector need not walk it again and again.
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(Deliverer(context, heart.id).run())
    finally:
        heart.stop()
        context.close()


class Deliverer:
    """One deliverer: its loop, its shards, its posts in flight."""

    def __init__(self, context: Context, identity: str) -> None:
        """`identity` is the incarnation that holds the shards."""
        self._context = context
        self._book = Book(context.database, identity)
        self._signer = Signer(context.database, context.vault)
        self._opened = lru_cache(OPENED)(partial(headers.opened, context.vault))
        # One thread: SQLite has one writer, and what is read must see what was just recorded.
        self._books = ThreadPoolExecutor(1, thread_name_prefix="book")
        self._held: set[int] = set()
        # The deliveries that are being posted or recorded, each with its shard.
        self._busy: dict[str, int] = {}
        self._posts: set[asyncio.Task[None]] = set()
        self._in_flight: Counter[int] = Counter()
        # In flight by shard and account.
        self._shares: Counter[tuple[int, str]] = Counter()
        self._tried: list[Attempted] = []
        self._stopping = False

    async def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        self._loop = asyncio.get_running_loop()
        self._large = LargeBodies()
        self._woken, self._answered, self._finished = asyncio.Event(), asyncio.Event(), asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, self.stop)
        SupervisedThread("doorbell", self._hear).start()
        settings = self._context.settings
        # Attempts wait for a look-up as long as they may take: nobody stands behind them.
        guard = Guard(settings.callback_allow, Resolver(waiting=AT_ONCE * SHARDS))
        self._sender = Sender(guard, settings.callback_rate_per_host, settings.callback_proxy, self._context.bins)
        chores = [asyncio.create_task(self._keep(self._lease, LEASE_S)), asyncio.create_task(self._recording())]
        for chore in chores:
            chore.add_done_callback(_end_with)
        await self._delivering()
        chores[0].cancel()
        await self._drained()
        self._finished.set()
        self._answered.set()
        await chores[1]
        await self._in_book(self._book.let_go)
        await self._sender.close()

    def stop(self) -> None:
        """Take nothing more; let what is in flight end."""
        self._stopping = True
        self._woken.set()

    async def _delivering(self) -> None:
        while not self._stopping:
            self._woken.clear()
            wait = await self._guarded(self._start_due)
            try:
                async with asyncio.timeout(LOOK_S if wait is None else wait):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _start_due(self) -> float:
        """Start a post for each delivery that is due; the seconds until the next will be, a second at most.

        Whoever makes one due rings, and so does a record: what waited for its like is asked for then.
        """
        # A shard with enough in flight is not asked again before some of that is recorded, nor for an account that has
        # its share of it in flight, so that neither a host nor an account crowds out another.
        asked = {shard for shard in self._held if self._in_flight[shard] <= AT_ONCE * (ACCOUNTS_AT_ONCE - 1)}
        full = [pair for pair, number in self._shares.items() if number >= AT_ONCE]
        busy = [name for name, shard in self._busy.items() if shard in asked]
        look = await self._in_book(lambda: self._book.look(asked, self._held, busy, AT_ONCE, full))
        for one in look.due:
            self._in_flight[one.shard] += 1
            self._shares[one.shard, one.account_id] += 1
            self._busy[one.id] = one.shard
            post = asyncio.create_task(self._attempt(one))
            self._posts.add(post)
            post.add_done_callback(partial(self._ended, one))
        if len(look.due) == AT_ONCE:
            return 0.0
        return LOOK_S if look.upcoming is None else min(LOOK_S, max(0.005, (look.upcoming - now()) / 1000))

    def _ended(self, due: Due, post: asyncio.Task[None]) -> None:
        """Let go of a post; one that failed by our own fault is due again a second later."""
        self._posts.discard(post)
        if post.cancelled() or (error := post.exception()) is None:
            return
        log.error("delivery attempt ended by an error, trying again", delivery=due.id, exc_info=error)
        self._loop.call_later(LOOK_S, self._let_go, due)

    def _let_go(self, due: Due) -> None:
        if self._busy.pop(due.id, None) is None:
            return
        self._in_flight[due.shard] -= 1
        share = due.shard, due.account_id
        self._shares[share] -= 1
        if not self._shares[share]:
            del self._shares[share]
        self._woken.set()

    async def _attempt(self, due: Due) -> None:
        bind_contextvars(delivery=due.id, account=due.account_id)
        # Small bodies, nearly all, need no place.
        place = self._large.place(due.account_id) if due.size >= LARGE else nullcontext()
        async with place, self._sender.connection(due.url, due.account_id):
            began, at = time.monotonic(), now()
            found = await self._sender.look(due.url, due.account_id)
            if not isinstance(found, Receipt):
                await self._sender.turn(found, due.account_id)
                began, at = time.monotonic(), now()
            answer = found if isinstance(found, Receipt) else await self._posted(due, found)
            duration = int((time.monotonic() - began) * 1000)
        decision = decide(
            due.url,
            answer,
            tries=due.tries,
            early=due.early,
            age_s=(now() - due.created_at) / 1000,
            once=due.event == PROGRESS,
            override=self._context.settings.callback_retry_schedule,
        )
        self._tried.append(Attempted(due, at, duration, answer, decision))
        self._answered.set()

    async def _posted(self, due: Due, at: Sequence[str]) -> Receipt:
        body = due.body if due.body and due.size < LARGE else await self._in_book(lambda: self._book.body(due))
        try:
            own = self._opened(due.headers)
            signed = self._signer.headers(due.secrets, due.event_id, body, time.time())
        except WrongSecretKey as error:
            return Receipt(error=str(error))
        if traces.on():
            answer = await self._traced(due, {**own, **signed}, body, at)
        else:
            answer = await self._sender.post(due.url, {**own, **signed}, body, due.account_id, at)
        return replace(answer, body=headers.hide(answer.body, own)) if own and answer.body else answer

    async def _traced(self, due: Due, headers: Mapping[str, str], body: bytes, at: Sequence[str]) -> Receipt:
        """Post below the trace that the event's run belongs to, and tell the receiver of it."""
        found = await self._in_book(lambda: origins(self._context.database, [due.event_id]))
        parent = found.get(due.event_id, {}).get(traces.HEADER)
        with traces.span("callback", parent, "client", delivery=due.id, account=due.account_id):
            told = traces.traceparent()
            further = {} if told is None else {traces.HEADER: told}
            return await self._sender.post(due.url, {**headers, **further}, body, due.account_id, at)

    async def _recording(self) -> None:
        """Record what was tried: the first at once, what ends within the next 20 ms together, and so on.

        A busy database is tried again until it takes it.
        """
        while not (self._finished.is_set() and not self._tried):
            await self._answered.wait()
            self._answered.clear()
            tried, self._tried = self._tried, []
            if tried and not await self._recorded(tried):
                self._tried = tried + self._tried
                self._answered.set()
                await asyncio.sleep(LOOK_S)
            elif not self._finished.is_set():
                await asyncio.sleep(COMMIT_S)

    async def _recorded(self, tried: list[Attempted]) -> bool:
        try:
            await self._in_book(lambda: self._book.record(tried))
        except Exception:
            log.exception("attempts not recorded yet", count=len(tried))
            return False
        for one in tried:
            self._let_go(one.due)
        for status, number in Counter(one.decision.status for one in tried).items():
            metrics.deliveries.labels(RESULTS[status]).inc(number)
        # What can't be told now is told by the delivery itself.
        with suppress(Exception):
            await self._in_book(lambda: log_failures(self._context.database, tried))
        return True

    async def _drained(self) -> None:
        if self._posts:
            await asyncio.wait(self._posts, timeout=DRAIN_S)

    async def _lease(self) -> None:
        held = await self._in_book(self._book.lease)
        if held != self._held:
            self._held = held
            self._woken.set()

    async def _keep(self, task: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await self._guarded(task)
            await asyncio.sleep(seconds)

    async def _guarded(self, task: Callable[[], Awaitable[T]]) -> T | None:
        """A round that fails (the database is away) is tried again a second later."""
        try:
            return await task()
        except Exception:
            log.exception("a round failed")
            await asyncio.sleep(LOOK_S)
            return None

    async def _in_book(self, work: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._books, work)

    def _wake(self, _message: str) -> None:
        self._loop.call_soon_threadsafe(self._woken.set)

    def _hear(self) -> None:
        """Redis's word that something is due, in a thread of its own."""
        # The loop may be closed by the time that the last word comes.
        with suppress(RuntimeError):
            listen(self._context.settings.redis, [DELIVERIES], self._wake, lambda: self._stopping)


def _end_with(chore: asyncio.Task[None]) -> None:
    """End the process where a loop that it can't do without failed: its supervisor starts it again."""
    if not chore.cancelled() and (error := chore.exception()) is not None:
        log.error("a loop of the deliverer failed, ending", exc_info=error)
        os._exit(70)
