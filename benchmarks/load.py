"""A load of HTTP requests that costs little: keep-alive connections, requests made beforehand, answers counted."""

import asyncio
import time
from collections.abc import Iterator, Sequence

# A machine that is busy has as long as a quiet one.
MOST_S = 4.0


def rate(port: int, requests: Sequence[bytes], connections: int = 64) -> float:
    """Return how many requests are answered a second."""
    return send(port, requests, connections)[1]


def send(port: int, requests: Sequence[bytes], connections: int = 64, most_s: float = MOST_S) -> tuple[int, float]:
    """Send them, for `most_s` at most, and return how many were answered, and how many a second.

    Raises AssertionError at the first answer that is no 2xx.
    """
    began = time.perf_counter()
    number = asyncio.run(_send(port, requests, connections, most_s))
    return number, number / (time.perf_counter() - began)


async def _send(port: int, requests: Sequence[bytes], connections: int, most_s: float) -> int:
    until, waiting = time.perf_counter() + most_s, iter(requests)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_connection(port, waiting, until)) for _ in range(connections)]
    return sum(task.result() for task in tasks)


async def _connection(port: int, waiting: Iterator[bytes], until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    for request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length))
        assert head[9:10] == b"2", (head, body)
        number += 1
        if time.perf_counter() > until:
            break
    writer.close()
    return number


def request(path: str, body: bytes, **headers: str) -> bytes:
    """One POST as bytes."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
