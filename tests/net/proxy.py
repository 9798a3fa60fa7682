"""A forward proxy for tests: a real one on loopback, which remembers what it was asked for.

Every name leads to one port of this machine, as an egress proxy resolves names by itself.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """The request lines that came, and the headers of the first request of each connection."""

    port: int
    target_port: int
    lines: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://user:secret@127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        self.heads.append(head.decode("latin-1"))
        self.lines.append(self.heads[-1].split("\r\n")[0])
        with socket.create_connection(("127.0.0.1", self.target_port)) as target:
            if head.startswith(b"CONNECT"):
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                method, url, rest = head.split(b" ", 2)
                target.sendall(method + b" /" + url.split(b"/", 3)[3] + b" " + rest)
            threading.Thread(target=_pump, args=(client, target), daemon=True).start()
            _pump(target, client)


@contextmanager
def proxying(target_port: int) -> Iterator[Proxy]:
    """A proxy at an address of its own, which leads everywhere to this port."""
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = Proxy(listener.getsockname()[1], target_port)

    def one(client: socket.socket) -> None:
        with suppress(OSError), client:
            proxy.serve(client)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=one, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield proxy
    listener.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
