"""Callbacks a second of one deliverer, signed and recorded, against a bare keep-alive loop of aiohttp.

They go to 50 hosts, one of which takes every post and never answers: its own posts are not counted.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import aiohttp
from sqlalchemy import Connection, func, insert, select

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.sink import HOSTS, receiver
from benchmarks.stage import Stage, stage
from service.delivery import callbacks, events
from service.queue import DELIVERIES, Bell
from service.store.clock import new_id, now
from service.store.tables import accounts, deliveries, runs

WHAT = "callbacks a second of one deliverer to 50 hosts, one of which hangs, against a bare keep-alive loop of aiohttp"
PER_HOST = 30
COUNTED = PER_HOST * (len(HOSTS) - 1)
AT_ONCE = 32
BODY = b'{"type": "run.completed", "data": {"text": "' + b"x" * 1000 + b'"}}'
SLOWEST_S = 60.0


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Compare the rates of posts alone: what is delivered stands in the database already."""
    with receiver() as sink, stage(fresh(), "callbacks run") as made:
        made.keys(1)
        bell = Bell(made.settings.redis)
        _wait_for_shards(made)
        answering = sink.urls[:-1]
        _delivered(made, bell, sink.urls)
        yield [
            Figure(
                "callbacks a second",
                lambda: _delivered(made, bell, sink.urls),
                lambda: asyncio.run(_bare(answering * PER_HOST)),
            )
        ]


def _wait_for_shards(made: Stage) -> None:
    """Let the deliverer lease its shards, which it does at its first rounds."""
    time.sleep(3)


def _delivered(made: Stage, bell: Bell, urls: Sequence[str]) -> float:
    """Measure from the commit of the events, which rings, until each is recorded as delivered."""
    wanted = _recorded(made) + COUNTED
    made.database.write(lambda db: _put(db, urls))
    began = time.perf_counter()
    bell.announce(DELIVERIES)
    while _recorded(made) < wanted:
        assert time.perf_counter() - began < SLOWEST_S, "not delivered"
        time.sleep(0.01)
    return COUNTED / (time.perf_counter() - began)


def _put(db: Connection, urls: Sequence[str]) -> None:
    account_id, moment = db.execute(select(accounts.c.id)).scalars().first(), now()
    shared = {"account_id": account_id, "action": "x", "api": "generor", "kind": "generate", "connection": "local"}
    shared |= {"lane": "quick", "status": "completed", "slot": "ended", "fence": 1, "losses": 0, "step": 0}
    shared |= {"turn": 0.0, "wake_at": moment, "progress": 1.0, "sandbox": True, "estimate_approximate": False}
    shared |= {"held": 0, "credits_charged": 0, "created_at": moment}
    new = []
    for _ in range(PER_HOST):
        for url in urls:
            run_id = new_id("run")
            db.execute(insert(runs), shared | {"id": run_id})
            callbacks.add(db, run_id, url, ["run.completed"])
            new.append(events.NewEvent(new_id("msg"), run_id, str(account_id), "run.completed", True, BODY, moment))
    for start in range(0, len(new), 64):
        events.emit(db, new[start : start + 64])


def _recorded(made: Stage) -> int:
    done = select(func.count()).select_from(deliveries).where(deliveries.c.status == "delivered")
    with made.database.read() as db:
        return int(db.execute(done).scalar_one())


async def _bare(urls: Sequence[str]) -> float:
    waiting = iter(urls)

    async def loop(session: aiohttp.ClientSession) -> None:
        for url in waiting:
            async with session.post(url, data=BODY, headers={"Content-Type": "application/json"}) as answer:
                await answer.read()

    began = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        await asyncio.gather(*(loop(session) for _ in range(AT_ONCE)))
    return len(urls) / (time.perf_counter() - began)
