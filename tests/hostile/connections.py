"""Raw connections from many loopback addresses, for attacks that no HTTP client would make."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager


def address(number: int) -> str:
    """A loopback address of its own for each number."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def connect(port: int, source: str = "127.0.0.1", receive_buffer: int | None = None) -> socket.socket:
    """A TCP connection from `source`. A small `receive_buffer` makes a reader that takes little at once."""
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(10)
    connection.bind((source, 0))
    connection.connect(("127.0.0.1", port))
    return connection


@contextmanager
def many(
    port: int, number: int, addresses: int = 1, sent: bytes = b"", receive_buffer: int | None = None
) -> Iterator[list[socket.socket]]:
    """`number` connections from `addresses` addresses, each of which has sent `sent`. Refused ones are left out."""
    made: list[socket.socket] = []
    try:
        for each in range(number):
            with contextlib.suppress(OSError):
                made.append(connect(port, address(each % addresses), receive_buffer))
                made[-1].sendall(sent)
        yield made
    finally:
        for connection in made:
            connection.close()


def post(path: str, body: bytes, length: int | None = None, **headers: str) -> bytes:
    """A POST as bytes, which may promise a longer body than it has."""
    lines = [f"POST {path} HTTP/1.1", "Host: genhook.test", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
