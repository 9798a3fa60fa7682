"""`python -m benchmarks.path [--list]`: how many functions and modules of the service one request passes through.

Counted are the functions of `service/` that run, each once, from the request to the committed 202 (the edge included),
from the claim to the committed event, and from a due delivery to its recorded attempt. Everything is warm: what is read
once a process is not on the way.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from service.processes.deliverer import Deliverer
from service.processes.lane import Lane
from service.store.heartbeat import Heartbeat
from service.web.edge.application import Edge
from service.web.edge.crowd import Crowd
from tests.fakes.receiver import Receiver
from tests.support.house import Account, House, opened
from tests.support.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
SERVICE = str(ROOT / "service") + "/"
ACTION = "/v1/actions/generor.generators.generate"
# Loops of their own, which run whether or not there is a request.
ASIDE = ("heart", "metrics", "extensions", "doorbell")
# The threads of a deliverer, told from those that accept and work beside it.
DELIVERING = ("MainThread", "book", "look-up")
# The first requests open connections, read definitions and fill caches.
WARM = 3


class Way:
    """The functions of the service that ran while it was followed, in the order of their first calls."""

    def __init__(self) -> None:
        self._following = False
        self._threads: tuple[str, ...] = ()
        self.seen: dict[tuple[str, str], None] = {}

    def watch(self, frame: FrameType, event: str, _: Any) -> None:
        """Note one call: a profiler for every thread."""
        code = frame.f_code
        if not self._following or event != "call" or not code.co_filename.startswith(SERVICE):
            return
        thread = threading.current_thread().name
        if thread.startswith(self._threads or thread) and not thread.startswith(ASIDE) and code.co_name[0] != "<":
            self.seen.setdefault((code.co_filename.removeprefix(SERVICE), code.co_qualname))

    @contextmanager
    def followed(self, *threads: str) -> Iterator[None]:
        """Follow what runs meanwhile, in threads of these names or in all."""
        self.seen, self._threads, self._following = {}, threads, True
        yield
        self._following = False

    def told(self, name: str, *, listed: bool) -> str:
        """Say how long the way was, and every function where they are to be listed."""
        modules = {module for module, _ in self.seen}
        lines = [f"{name}: {len(self.seen)} functions in {len(modules)} modules"]
        return "\n".join(lines + [f"  {module} {function}" for module, function in self.seen] * listed)


async def submit(edge: Edge, account: Account, callback_url: str) -> None:
    """Send one request through the edge, which accepts it."""
    submission = {"input": {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about letters"}}
    body = json.dumps({**submission, "callback_url": callback_url}).encode()
    headers = {"authorization": f"Bearer {account.key('generor')}", "content-type": "application/json"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": ACTION,
        "raw_path": ACTION.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"genhook.test"), (b"content-length", str(len(body)).encode())]
        + [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 8000),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await edge(scope, receive, send)
    assert sent[0]["status"] == 202, sent


async def delivered(house: House, identity: str, submitted: Callable[[], None], receiver: Receiver, way: Way) -> None:
    """Deliver what is due, and then one more that comes while the deliverer waits."""
    one = Deliverer(house.context, identity)
    running = asyncio.create_task(one.run())
    await _until(lambda: len(receiver.posts) == WARM)
    await asyncio.sleep(1)
    with way.followed(*DELIVERING):
        await asyncio.to_thread(submitted)
        await _until(lambda: len(receiver.posts) > WARM)
        await asyncio.sleep(0.5)
    one.stop()
    await running


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not reached():
            await asyncio.sleep(0.05)


def main(words: Sequence[str]) -> None:
    """Follow one text from its request to its callback."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.path", description=__doc__)
    parser.add_argument("--list", action="store_true", help="list the functions")
    listed = parser.parse_args(words).list
    way = Way()
    threading.setprofile(way.watch)
    sys.setprofile(way.watch)
    redis, receiver = Valkey(), Receiver()
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder) / "data", redis.url) as house:
        account, heart = house.account("enterprise"), Heartbeat(house.context.database, "worker")
        parts = house.app.extensions
        edge = Edge(house.app.wsgi_app, parts["genhook.limits"], 4, Crowd(100), entrance=parts["genhook.entrance"])
        lane = Lane("quick", house.context, heart, threading.Event())
        heart.start()

        def accept() -> None:
            asyncio.run(submit(edge, account, receiver.url))

        for _ in range(WARM - 1):
            accept()
            lane._drain()
        with way.followed():
            accept()
        print(way.told("HTTP to the committed 202", listed=listed))
        with way.followed():
            lane._drain()
        print(way.told("claim to the event", listed=listed))

        def more() -> None:
            accept()
            lane._drain()

        asyncio.run(delivered(house, heart.id, more, receiver, way))
        print(way.told("due to the recorded attempt", listed=listed))
        heart.stop()
    receiver.close()
    redis.close()


if __name__ == "__main__":
    main(sys.argv[1:])
