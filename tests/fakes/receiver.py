"""A receiver of callbacks: a real HTTP server that keeps what it is posted and answers as it is told."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Post:
    """One POST as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        """The body: type, timestamp and the run."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def run(self) -> dict[str, Any]:
        run: dict[str, Any] = self.event["data"]
        return run


@dataclass(frozen=True)
class Reply:
    """How to answer one POST; `drip_s` is the pause between the bytes of the answer, for so long `hold_s` before it."""

    status: int = 204
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    hold_s: float = 0.0
    drip_s: float = 0.0


class Receiver:
    """One receiver on a port of its own. `replies` are used up in order, then every POST gets a 204."""

    def __init__(self, *replies: Reply | int, host: str = "127.0.0.1") -> None:
        self.posts: list[Post] = []
        self.replies = deque(Reply(reply) if isinstance(reply, int) else reply for reply in replies)
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                reply = receiver._take(self.path, {name.lower(): text for name, text in self.headers.items()}, body)
                receiver._send(self, reply)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        with self._arrived:
            self.posts.append(Post(path, headers, body, time.monotonic()))
            reply = self.replies.popleft() if self.replies else Reply()
            self._arrived.notify_all()
        return reply

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        time.sleep(reply.hold_s)
        if reply.drip_s:
            try:
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 10_000:
                    handler.wfile.write(bytes([byte]))
                    handler.wfile.flush()
                    time.sleep(reply.drip_s)
            except OSError:
                handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, text in reply.headers:
            handler.send_header(name, text)
        if reply.status not in (204, 304):
            handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if reply.status not in (204, 304):
            handler.wfile.write(reply.body)

    def wait(self, wanted: Callable[[Post], bool], seconds: float = 30, count: int = 1) -> list[Post]:
        """The posts that are `wanted`, once there are `count`. Raises AssertionError after `seconds`."""
        with self._arrived:
            enough = self._arrived.wait_for(lambda: sum(map(wanted, self.posts)) >= count, seconds)
            found = [post for post in self.posts if wanted(post)]
        assert enough, f"{len(found)} of {count} wanted posts came within {seconds} s; {len(self.posts)} in all"
        return found

    def of(self, run_id: str, seconds: float = 30, count: int = 1) -> list[Post]:
        """The posts that tell of this run, once there are `count`."""
        return self.wait(lambda post: post.run["id"] == run_id, seconds, count)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
