"""Callbacks a second of one deliverer, signed and recorded, against a bare keep-alive loop with the same client."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp
from sqlalchemy import func, insert, select

from benchmarks.stage import ROOT, Stage, free_port, stage
from service.delivery import callbacks, events
from service.store.clock import new_id, now
from service.store.tables import deliveries, runs

WHAT = "callbacks a second of one deliverer, against a bare keep-alive loop of the same client"
POSTS = 1500
AT_ONCE = 32
BODY = b'{"type": "run.completed", "data": {"text": "' + b"x" * 1000 + b'"}}'


@contextmanager
def bench() -> Iterator[list[tuple[str, Callable[[], float], Callable[[], float]]]]:
    """The service's rate and the limit's."""
    port = free_port()
    receiver = subprocess.Popen([sys.executable, "-m", "benchmarks.sink", str(port)], cwd=ROOT)
    url = f"http://127.0.0.1:{port}/hook"
    try:
        with stage("callbacks run") as made:
            account_id = _account(made)
            time.sleep(3)
            yield [("callbacks a second", lambda: _delivered(made, account_id, url), lambda: asyncio.run(_bare(url)))]
    finally:
        receiver.terminate()
        receiver.wait(timeout=30)


def _account(made: Stage) -> str:
    made.keys(1)
    from service.store.tables import accounts

    with made.database.read() as db:
        return str(db.execute(select(accounts.c.id)).scalars().first())


def _delivered(made: Stage, account_id: str, url: str) -> float:
    """From the commit of so many events until each is recorded as delivered."""
    moment = now()

    def put(db: object) -> None:
        for _ in range(POSTS):
            run_id = new_id("run")
            row = {"id": run_id, "account_id": account_id, "action": "x", "api": "generor", "kind": "generate"}
            row |= {"connection": "local", "lane": "quick", "status": "completed", "slot": "ended", "fence": 1}
            row |= {"losses": 0, "step": 0, "turn": 0.0, "wake_at": moment, "progress": 1.0, "sandbox": True}
            row |= {"estimate_approximate": False, "held": 0, "credits_charged": 0, "created_at": moment}
            db.execute(insert(runs), row)  # type: ignore[attr-defined]
            callbacks.add(db, run_id, url, ["run.completed"])  # type: ignore[arg-type]
            event = events.NewEvent(new_id("msg"), run_id, account_id, "run.completed", True, BODY, moment)
            events.emit(db, [event])  # type: ignore[arg-type]

    made.database.write(put)
    before, began = POSTS - _pending(made), time.perf_counter()
    while _pending(made):
        time.sleep(0.005)
    return (POSTS - before) / (time.perf_counter() - began)


def _pending(made: Stage) -> int:
    waiting = select(func.count()).select_from(deliveries).where(deliveries.c.status == "pending")
    with made.database.read() as db:
        return int(db.execute(waiting).scalar_one())


async def _bare(url: str) -> float:
    waiting = iter(range(POSTS))

    async def loop(session: aiohttp.ClientSession) -> None:
        for _ in waiting:
            async with session.post(url, data=BODY, headers={"Content-Type": "application/json"}) as answer:
                await answer.read()

    began = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        await asyncio.gather(*(loop(session) for _ in range(AT_ONCE)))
    return POSTS / (time.perf_counter() - began)
