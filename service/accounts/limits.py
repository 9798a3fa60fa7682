"""Rate limits: one Lua call counts every window of all requests that wait for it, refused requests too.

Windows are fixed and aligned to the clock (UTC): a minute begins at :00, a day at midnight, as the documents' `Reset`
in Unix seconds shows. Each process counts in memory beside Redis: with Redis down that count goes on where it was,
and Redis is asked again a second later, by one request.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Lock

import structlog
from redis.exceptions import RedisError

from service.logs import Outage
from service.queue.redis_client import connect, is_cluster

# What a Redis that hangs may cost one request.
REDIS_S = 0.05
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
    """The rate-limit headers of an answer: the minute window's, or the one's that refused. `reset`: Unix seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    retry_after: int


# An identity, and the windows in which its request is counted.
Counted = tuple[str, Sequence[Window]]


class Limiter:
    """Counts requests by identity. One a web process."""

    def __init__(self, redis_url: str, clock: Callable[[], float] = time.time) -> None:
        """Connects at the first request; `clock` is Unix seconds."""
        self._count = connect(redis_url, REDIS_S, REDIS_S).register_script(COUNT)
        # The keys of one call lie on one server: those of an identity, by its {tag}.
        self._apart = is_cluster(redis_url)
        self._clock = clock
        self._by_end: dict[tuple[int, int], dict[str, int]] = {}
        self._ask_from = 0.0
        self._outage = Outage(log, "redis unavailable, requests counted in memory", "redis is back, counting there")
        self._lock = Lock()

    def hit_all(self, requests: Sequence[Counted]) -> list[Verdict]:
        """Count requests in their order, in one trip to Redis; of each the first window's state is shown.

        Redis counts on from what this process has counted, unless it lost its memory: the higher count is the true one.
        """
        moment = int(self._clock())
        with self._lock:
            everywhere = self._counted(requests, moment)
            verdicts = []
            for identity, windows in requests:
                counts = [self._counted_here(identity, window.seconds, moment) for window in windows]
                if everywhere is not None:
                    counts = [max(pair) for pair in zip(islice(everywhere, len(windows)), counts, strict=True)]
                verdicts.append(_verdict(windows, counts, moment))
        return verdicts

    def _counted(self, requests: Sequence[Counted], moment: int) -> Iterator[int] | None:
        """Return Redis's counts, one after another, or None while it is away."""
        if time.monotonic() < self._ask_from:
            return None
        calls = [[one] for one in requests] if self._apart else [requests]
        try:
            counts = [count for together in calls for count in self._called(together, moment)]
        except RedisError as error:
            self._outage.lasts(error=str(error))
            self._ask_from = time.monotonic() + PAUSE_S
            return None
        self._outage.over()
        return iter(counts)

    def _called(self, requests: Sequence[Counted], moment: int) -> list[int]:
        """Count these in one call."""
        names, lives = [], []
        for identity, windows in requests:
            for window in windows:
                names.append(f"genhook:limit:{{{identity}}}:{window.seconds}:{moment // window.seconds}")
                lives.append(window.seconds)
        counts: list[int] = self._count(keys=names, args=lives)
        return counts

    def _counted_here(self, identity: str, seconds: int, moment: int) -> int:
        """Count one request in this process; counts are kept by their window's end, so that what is over goes whole."""
        place = moment // seconds * seconds + seconds, seconds
        counts = self._by_end.get(place)
        if counts is None:
            self._by_end = {other: kept for other, kept in self._by_end.items() if other[0] > moment}
            counts = self._by_end[place] = {}
        counts[identity] = counts.get(identity, 0) + 1
        return counts[identity]


def _verdict(windows: Sequence[Window], counts: Sequence[int], moment: int) -> Verdict:
    # Where several refuse, the caller must outwait the longest.
    refused = [place for place, window in enumerate(windows) if counts[place] > window.limit]
    place = max(refused, key=lambda found: windows[found].seconds) if refused else 0
    window = windows[place]
    reset = (moment // window.seconds + 1) * window.seconds
    remaining = max(0, window.limit - counts[place])
    return Verdict(not refused, window.limit, remaining, reset, max(1, reset - moment))
