"""Serving the application: processes that share the port, an event loop at the edge of each, threads behind it."""

import gc
import multiprocessing
import signal
import socket
import threading
import time
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from service import logs
from service.config import Settings, load
from service.config.process import die_with_parent, give_back_large_buffers, share_memory_between_threads
from service.telemetry import traces
from service.telemetry.gathering import Gathering
from service.web.app import create_app
from service.web.edge.application import Edge
from service.web.edge.connection import Connection
from service.web.edge.crowd import Crowd, most_connections
from service.web.limits import refused_early

BACKLOG = 2048
# A process that doesn't answer its parent for so long is hung, and is started anew.
HUNG_S = 60
LOOK_S = 0.1
log = structlog.get_logger("web")


def serve(settings: Settings) -> None:
    """Serve until told to stop, finishing the requests in hand. Raises OSError where the address can't be had."""
    sockets, config = listening(settings.host, settings.port), _config(settings)
    if settings.web_processes == 1:
        Server(config).run(sockets)
        return
    parent = Processes(config, sockets)
    parent.run()
    if any(process.process.exitcode == STARTUP_FAILURE for process in parent.processes):
        raise RuntimeError("The web processes can't start; the lines above say why.")


class Processes(Multiprocess):
    """The web processes and their parent: told to stop, none listens any more; a second signal ends them at once."""

    def terminate_all(self) -> None:
        """Tell every process to answer what it took; who connects from now on is refused, not left in a queue."""
        super().terminate_all()
        for listener in self.sockets:
            listener.close()

    def join_all(self) -> None:
        """Wait for them."""
        self.signal_queue.clear()
        while any(process.process.is_alive() for process in self.processes):
            if self.signal_queue:
                for process in self.processes:
                    process.process.kill()
            time.sleep(LOOK_S)


def application() -> Edge:
    """The application of one web process, which dies with the process that started it."""
    share_memory_between_threads()
    # It is spawned where there are several, and begins without what its parent has set up.
    logs.configure()
    settings = load()
    if started_by := multiprocessing.parent_process():
        die_with_parent(started_by.pid or 0)
    give_back_large_buffers()
    app: Flask = create_app(settings)
    gathering = Gathering(settings.redis)
    gathering.start()
    traces.start("web")
    service = app.extensions["genhook"]
    service.context.extensions.watch()
    _let_go_when_stopped(service.waiter.stopping)

    def at_end() -> None:
        gathering.flush()
        service.context.close()

    # Definitions and code stay: they are not looked through for garbage again and again.
    gc.collect()
    gc.freeze()
    Connection.crowd = Crowd(most_connections())
    Connection.refusal = staticmethod(refused_early(service.context.definitions))
    return Edge(
        app.wsgi_app,
        app.extensions["genhook.limits"],
        settings.web_threads,
        Connection.crowd,
        at_end,
        app.extensions["genhook.entrance"],
    )


def _let_go_when_stopped(stopping: threading.Event) -> None:
    """Set `stopping` at a signal, before uvicorn's own handler, which is in place already."""
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def told(number: int, frame: FrameType | None, before: Any = before) -> None:
            stopping.set()
            if callable(before):
                before(number, frame)

        if threading.current_thread() is threading.main_thread():
            signal.signal(number, told)


def listening(host: str, port: int) -> list[socket.socket]:
    """A listening socket for each address that `host` stands for: `localhost` is often two."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    for family, kind, protocol, _, address in dict.fromkeys(found):
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # `::` takes IPv4 callers too.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address[0] == "::" else 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        listener.set_inheritable(True)
        sockets.append(listener)
    return sockets


def _config(settings: Settings) -> Config:
    return Config(
        "service.web.server:application",
        factory=True,
        interface="asgi3",
        http=Connection,
        ws="none",
        loop="uvloop",
        lifespan="on",
        workers=settings.web_processes,
        backlog=BACKLOG,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=max(1, int(settings.worker_drain_s)),
        timeout_worker_healthcheck=HUNG_S,
    )
