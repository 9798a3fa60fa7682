"""A load of HTTP requests that costs little: keep-alive connections, requests made beforehand, answers counted."""

import asyncio
import time
from collections.abc import Sequence


def rate(port: int, requests: Sequence[bytes], connections: int = 64) -> float:
    """Answered requests a second. Raises AssertionError at the first answer that is no 2xx."""
    began = time.perf_counter()
    asyncio.run(_send(port, requests, connections))
    return len(requests) / (time.perf_counter() - began)


async def _send(port: int, requests: Sequence[bytes], connections: int) -> None:
    waiting = iter(requests)
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_connection(port, waiting))


async def _connection(port: int, waiting: object) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:  # type: ignore[attr-defined]
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length))
        assert head[9:10] == b"2", (head, body)
    writer.close()


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
