"""The wait until everything answers; what lacks is said where that takes long."""

import time
from collections.abc import Callable
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import orjson

from service.config import EVERY_ADDRESS, Settings
from service.config.process import PROGRAM

ASK_S = 2.0
# A slow machine starts its processes within it.
SLOW_S = 15.0
NO_ANSWER = "web"
# By the names of /readyz's checks.
LACKS = {
    NO_ANSWER: "the web process does not answer",
    "database": "the database does not answer",
    "redis": "Redis does not answer (requests are taken all the same, and limits counted by each process)",
    "worker": "no worker has started",
    "disk": "the data dir can't be written",
}


class Readiness:
    """Asks /readyz until it is well once. `tell` is called then; `say` gets what lacks."""

    def __init__(self, settings: Settings, tell: Callable[[], None], say: Callable[[str], None]) -> None:
        """Begin to wait."""
        self._settings, self._tell, self._say = settings, tell, say
        self._began, self._said = time.monotonic(), list[str]()
        self.reached = False

    def look(self) -> None:
        """Ask once more; after a while say what lacks, whenever that is something else."""
        lacking = _lacking(self._settings)
        if not lacking:
            self.reached = True
            self._tell()
        elif time.monotonic() - self._began > SLOW_S and lacking != self._said:
            self._said = lacking
            named = ", ".join(LACKS.get(name, name) for name in lacking)
            self._say(f"Not ready yet: {named}. `{PROGRAM} doctor` says more.")


def _lacking(settings: Settings) -> list[str]:
    """Name what is not well; nothing where everything is."""
    host = EVERY_ADDRESS.get(settings.host, settings.host)
    address = f"[{host}]" if ":" in host else host
    try:
        with urlopen(f"http://{address}:{settings.port}/readyz", timeout=ASK_S):
            return []
    except HTTPError as error:
        checks = orjson.loads(error.read()).get("checks", {})
        return [name for name, well in checks.items() if not well] or [NO_ANSWER]
    except (URLError, OSError, HTTPException, ValueError):
        return [NO_ANSWER]
