"""An edge served for real on a port of its own, in this process, with an application that each test gives it."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from uvicorn import Config, Server

from service.web.edge import connection, pace
from service.web.edge.application import Edge
from service.web.edge.connection import Connection
from service.web.edge.crowd import Crowd
from service.web.limits import too_large

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Served:
    """A running edge and its port."""

    def __init__(self, application: Application, limit: int, most: int, threads: int) -> None:
        kind = type("Connection", (Connection,), {})
        kind.crowd, kind.refusal = Crowd(most), staticmethod(_refusal)
        edge = Edge(application, lambda environ: (limit, too_large(limit)), threads, kind.crowd)
        self._server = Server(
            Config(edge, http=kind, interface="asgi3", lifespan="on", loop="uvloop", ws="none", log_config=None)
        )
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            threading.Event().wait(0.01)

    def connect(self, sent: bytes = b"") -> socket.socket:
        """A connection on which this was sent."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        made.sendall(sent)
        return made

    def ask(self, sent: bytes) -> bytes:
        """Everything that comes until the edge closes."""
        with self.connect(sent) as made:
            return everything(made)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


def everything(made: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    received = b""
    while piece := made.recv(65536):
        received += piece
    return received


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """Answers what was asked: method, path, query and body."""
    fault = environ.get("genhook.fault")
    if fault is not None:
        start(f"{fault.status} Fault", [("Content-Length", "5")])
        return [b"fault"]
    body = environ["wsgi.input"].read()
    text = b"%s %s?%s %s" % (
        environ["REQUEST_METHOD"].encode(),
        environ["PATH_INFO"].encode("latin-1"),
        environ["QUERY_STRING"].encode(),
        body,
    )
    start("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def _refusal(path: str, error: Any) -> bytes:
    return b"HTTP/1.1 %d Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % error.status


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Served]]:
    """Serves an application; deadlines of seconds are a tenth of what they are."""
    monkeypatch.setattr(connection, "HEADERS_S", 1.0)
    monkeypatch.setattr(pace, "SILENT_S", 1.0)
    monkeypatch.setattr(pace, "AVERAGED_AFTER_S", 3.0)
    made: list[Served] = []

    def start(application: Application = echo, limit: int = 1 << 20, most: int = 100, threads: int = 8) -> Served:
        made.append(Served(application, limit, most, threads))
        return made[-1]

    yield start
    for served in made:
        served.stop()
