"""Rate limits: one Lua call checks and counts every window, refused requests too.

Windows are fixed and aligned to the clock: the minute begins at :00, as the documents' `Reset` in Unix seconds shows.
With Redis down each process counts in memory, and asks Redis again a second later. Source: contract, section 6.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import structlog
from redis.exceptions import RedisError

from service.queue import connect

PAUSE_S = 1.0
COUNT = """
local counts = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('EXPIRE', key, ARGV[i]) end
  counts[i] = count
end
return counts
"""
log = structlog.get_logger("limits")


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` requests in `seconds`."""

    seconds: int
    limit: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the headers say: of the minute window, or of the one that refused. `reset` is in Unix seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    retry_after: int


class Limiter:
    """Counts requests by identity. One a web process."""

    def __init__(self, redis_url: str) -> None:
        """Connects at the first request."""
        self._redis = connect(redis_url)
        self._count = self._redis.register_script(COUNT)
        self._memory: dict[str, int] = {}
        self._memory_until = 0.0
        self._lock = Lock()
        self._redis_from = 0.0

    def hit(self, identity: str, windows: Sequence[Window]) -> Verdict:
        """Count one request of `identity` in each window."""
        moment = int(time.time())
        names = [f"genhook:limit:{identity}:{window.seconds}:{moment // window.seconds}" for window in windows]
        return _verdict(windows, self._counts(names, windows), moment)

    def _counts(self, names: Sequence[str], windows: Sequence[Window]) -> Sequence[int]:
        if time.monotonic() >= self._redis_from:
            try:
                counted: Sequence[int] = self._count(keys=names, args=[window.seconds for window in windows])
                return counted
            except RedisError as error:
                self._redis_from = time.monotonic() + PAUSE_S
                log.warning("counting in memory", error=str(error))
        return self._counts_in_memory(names)

    def _counts_in_memory(self, names: Sequence[str]) -> Sequence[int]:
        with self._lock:
            if time.monotonic() > self._memory_until:
                # The names of past windows are never asked for again.
                self._memory, self._memory_until = {}, time.monotonic() + 86400
            for name in names:
                self._memory[name] = self._memory.get(name, 0) + 1
            return [self._memory[name] for name in names]


def _verdict(windows: Sequence[Window], counts: Sequence[int], moment: int) -> Verdict:
    refused = [place for place, window in enumerate(windows) if counts[place] > window.limit]
    # Where several refuse, the caller must outwait the longest.
    place = max(refused, key=lambda found: windows[found].seconds) if refused else 0
    window = windows[place]
    reset = (moment // window.seconds + 1) * window.seconds
    remaining = max(0, window.limit - counts[place])
    return Verdict(not refused, window.limit, remaining, reset, max(1, reset - moment))
