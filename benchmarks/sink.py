"""A receiver that costs little: every POST on a keep-alive connection gets a 204, and a GET gets their number.

It listens at many loopback addresses, each a host of its own; the last of them takes connections and never answers.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

from benchmarks.stage import ROOT, free_port, wait_for

HOSTS = [f"127.0.1.{number}" for number in range(1, 51)]
SILENT = HOSTS[-1]
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A sink at work in a process of its own."""

    port: int

    @property
    def urls(self) -> list[str]:
        """Its address at every host, the silent one last."""
        return [f"http://{host}:{self.port}/hook" for host in HOSTS]

    def received(self) -> int:
        """Return how many POSTs it answered."""
        connection = HTTPConnection(HOSTS[0], self.port, timeout=10)
        connection.request("GET", "/")
        try:
            return int(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Start a sink, and end it afterwards."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.sink", str(port)], cwd=ROOT)
    try:
        wait_for(port, "/", host=HOSTS[0])
        yield Receiver(port)
    finally:
        process.terminate()
        process.wait(timeout=30)


class Connection(asyncio.Protocol):
    """One connection."""

    received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with nothing."""
        self._transport, self._data = transport, b""
        self._silent = transport.get_extra_info("sockname")[0] == SILENT

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        if self._silent:
            return
        self._data += data
        while True:
            head, blank, body = self._data.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0) if blank else 0
            if not blank or len(body) < length:
                return
            self._data = body[length:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"POST"):
            Connection.received += 1
            self._transport.write(ANSWER)  # type: ignore[attr-defined]
            return
        number = str(Connection.received).encode()
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(number), number))  # type: ignore[attr-defined]


async def main(port: int) -> None:
    """Serve until ended."""
    server = await asyncio.get_running_loop().create_server(Connection, HOSTS, port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
