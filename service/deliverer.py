"""The callbacks process: posts what is due of its shards, and records what came of it.

Redis tells it at once that something is due; once a second it looks for itself. Posted but not recorded is posted
again: at least once. Source: design, «The life of a run», 5.
"""

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from cachetools import TTLCache
from redis.exceptions import RedisError

from service.config import Settings
from service.delivery import signing
from service.delivery.book import ROLE, Attempted, Book, Due
from service.delivery.schedule import decide
from service.delivery.sender import Sender
from service.queue import DELIVERIES, connect
from service.runs.context import Context, open_context
from service.store.clock import now
from service.store.heartbeat import Heartbeat

T = TypeVar("T")
LOOK_S = 1.0
LEASE_S = 2.0
COMMIT_S = 0.02
PER_SHARD = 256
SECRETS_KEPT_S = 10.0
DRAIN_S = 20.0
log = structlog.get_logger("callbacks")


def run(settings: Settings) -> None:
    """Deliver until told to stop; posts in hand are finished first."""
    context = open_context(settings)
    heart = Heartbeat(context.database, ROLE)
    heart.start()
    try:
        asyncio.run(Deliverer(context, heart.id).run())
    finally:
        heart.stop()
        context.database.close()


class Deliverer:
    """One deliverer: its loop, its shards, its posts in flight."""

    def __init__(self, context: Context, identity: str) -> None:
        """`identity` is the incarnation that holds the shards."""
        self._context = context
        self._book = Book(context.database, context.vault, identity)
        self._key = signing.private_key(context.database, context.vault)
        # One thread: SQLite has one writer, and what is read must see what was just recorded.
        self._books = ThreadPoolExecutor(1, thread_name_prefix="book")
        self._held: set[int] = set()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._in_flight: Counter[int] = Counter()
        self._tried: list[Attempted] = []
        self._secrets: TTLCache[str, list[str]] = TTLCache(4096, SECRETS_KEPT_S)
        self._stopping = False

    async def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        self._loop = asyncio.get_running_loop()
        self._woken, self._finished = asyncio.Event(), asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, self.stop)
        threading.Thread(target=self._hear, name="hear", daemon=True).start()
        self._sender = Sender(self._context.guard, self._context.settings.callback_rate_per_host)
        chores = [asyncio.create_task(self._keep(self._lease, LEASE_S)), asyncio.create_task(self._recording())]
        await self._delivering()
        chores[0].cancel()
        await self._drained()
        self._finished.set()
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
            started = await self._guarded(self._start_due)
            if not started:
                await self._sleep_until_due()

    async def _sleep_until_due(self) -> None:
        """Until something is due, something is heard, or a second has passed."""
        upcoming = await self._in_book(lambda: self._book.next_due(self._held)) if self._held else None
        wait = LOOK_S if upcoming is None else min(LOOK_S, max(0.005, (upcoming - now()) / 1000))
        if upcoming is not None and upcoming <= now() and self._busy:
            # All that is due is in flight already.
            wait = COMMIT_S
        try:
            async with asyncio.timeout(wait):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _start_due(self) -> int:
        """Start a post for each delivery that is due; how many."""
        # A shard with enough in flight is not asked again before half of that is recorded.
        held = {shard for shard in self._held if self._in_flight[shard] <= PER_SHARD // 2}
        if not held:
            return 0
        busy = set(self._busy)
        due = await self._in_book(lambda: self._book.due(held, busy, PER_SHARD))
        for one in due:
            if one.id not in self._busy:
                self._in_flight[one.shard] += 1
                self._busy[one.id] = asyncio.create_task(self._attempt(one))
        return len(due)

    async def _attempt(self, due: Due) -> None:
        await self._sender.turn(due.url)
        began, at = time.monotonic(), now()
        secrets = await self._secrets_of(due.account_id)
        headers = signing.headers(self._key, secrets, due.event_id, due.body, time.time())
        answer = await self._sender.post(due.url, headers, due.body)
        decision = decide(
            due.url,
            answer,
            tries=due.tries,
            early=due.early,
            age_s=(now() - due.created_at) / 1000,
            override=self._context.settings.callback_retry_schedule,
        )
        duration = int((time.monotonic() - began) * 1000)
        self._tried.append(Attempted(due, at, duration, answer, decision))

    async def _secrets_of(self, account_id: str) -> list[str]:
        known = self._secrets.get(account_id)
        if known is None:
            known = await self._in_book(lambda: self._book.secrets(account_id))
            self._secrets[account_id] = known
        return known

    async def _recording(self) -> None:
        """Record what was tried, together, every 20 ms; a busy database is tried again until it takes it."""
        while not (self._finished.is_set() and not self._tried):
            await asyncio.sleep(COMMIT_S)
            tried, self._tried = self._tried, []
            if not tried:
                continue
            try:
                await self._in_book(lambda tried=tried: self._book.record(tried))  # type: ignore[misc]
            except Exception:
                log.exception("attempts not recorded yet", count=len(tried))
                self._tried = tried + self._tried
                await asyncio.sleep(LOOK_S)
                continue
            for one in tried:
                if self._busy.pop(one.due.id, None) is not None:
                    self._in_flight[one.due.shard] -= 1
            self._woken.set()

    async def _drained(self) -> None:
        in_flight = list(self._busy.values())
        if in_flight:
            await asyncio.wait(in_flight, timeout=DRAIN_S)

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

    def _hear(self) -> None:
        """Redis's word that something is due, in a thread of its own."""
        while not self._stopping:
            try:
                pubsub = connect(self._context.settings.redis).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                pubsub.subscribe(DELIVERIES)
                while not self._stopping:
                    if pubsub.get_message(timeout=LOOK_S) is not None:
                        self._loop.call_soon_threadsafe(self._woken.set)
            except (RedisError, RuntimeError):
                time.sleep(LOOK_S)
