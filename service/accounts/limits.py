"""Rate limits: one Lua call counts every window of all requests that wait for it, refused requests too.

Windows are fixed and aligned to the clock (UTC): a minute begins at :00, a day at midnight, as the documents' `Reset`
in Unix seconds shows. Each process counts in memory beside Redis: with Redis down that count goes on where it was,
and Redis is asked again a second later, by one request.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
  local times = tonumber(ARGV[2 * i - 1])
  counts[i] = redis.call('INCRBY', key, times)
  if counts[i] == times then redis.call('EXPIRE', key, ARGV[2 * i]) end
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
        left = Counter(identity for identity, _ in requests)
        with self._lock:
            everywhere = self._counted(dict(requests), dict(left), moment)
            verdicts = []
            for identity, windows in requests:
                left[identity] -= 1
                counts = [self._counted_here(identity, window.seconds, moment) for window in windows]
                if everywhere is not None:
                    # Those of this identity that come after this one were counted with it.
                    pairs = zip(everywhere[identity], counts, strict=True)
                    counts = [max(there - left[identity], here) for there, here in pairs]
                verdicts.append(_verdict(windows, counts, moment))
        return verdicts

    def _counted(
        self, windows: Mapping[str, Sequence[Window]], times: Mapping[str, int], moment: int
    ) -> dict[str, list[int]] | None:
        """Count so many times for each identity; Redis's counts of its windows, or None while it is away."""
        if time.monotonic() < self._ask_from:
            return None
        counted: dict[str, list[int]] = {}
        try:
            for together in [[one] for one in windows] if self._apart else [list(windows)]:
                wanted = [(one, window, times[one]) for one in together for window in windows[one]]
                counts = iter(self._called(wanted, moment))
                counted |= {one: list(islice(counts, len(windows[one]))) for one in together}
        except RedisError as error:
            self._outage.lasts(error=str(error))
            self._ask_from = time.monotonic() + PAUSE_S
            return None
        self._outage.over()
        return counted

    def _called(self, wanted: Sequence[tuple[str, Window, int]], moment: int) -> list[int]:
        """Count each window of an identity so many times, in one call."""
        names = [f"genhook:limit:{{{one}}}:{window.seconds}:{moment // window.seconds}" for one, window, _ in wanted]
        told = [number for _, window, times in wanted for number in (times, window.seconds)]
        counts: list[int] = self._count(keys=names, args=told)
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
