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

from service.store.micro_batcher import Group, MicroBatcher
from service.system.redis_client import connect, is_cluster

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


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request's counters in Redis, and how long each lives."""

    names: Sequence[str]
    seconds: Sequence[int]


class Limiter:
    """Counts requests by identity. One a web process."""

    def __init__(self, redis_url: str, clock: Callable[[], float] = time.time) -> None:
        """Connects at the first request; `clock` is Unix seconds."""
        self._count = connect(redis_url, REDIS_S, REDIS_S).register_script(COUNT)
        # The keys of one call lie on one server: those of an identity, by its {tag}.
        self._apart = is_cluster(redis_url)
        self._together: MicroBatcher[_Asked, list[int] | None] = MicroBatcher("limits", self._ask)
        self._clock = clock
        self._memory = _Memory()
        self._ask_from = 0.0
        self._asking = Lock()

    def close(self) -> None:
        """End the thread that asks Redis."""
        self._together.close()

    def hit(self, identity: str, windows: Sequence[Window]) -> Verdict:
        """Count one request of `identity` in each window; the first window is the one whose state is shown."""
        moment = int(self._clock())
        before = self._memory.counted(identity, windows, moment)
        everywhere = self._counts(identity, windows, moment)
        here = self._memory.count(identity, windows, moment)
        if everywhere is None:
            return _verdict(windows, here, moment)
        # Redis counts on from what this process had counted before it asked, unless it lost its memory. Among requests
        # at once its order alone is the order: theirs here may be another.
        counts = [told if told > known else own for told, known, own in zip(everywhere, before, here, strict=True)]
        return _verdict(windows, counts, moment)

    def _counts(self, identity: str, windows: Sequence[Window], moment: int) -> list[int] | None:
        """Redis's counts, or None while it is away: then one request a second asks whether it is back."""
        names = [f"genhook:limit:{{{identity}}}:{window.seconds}:{moment // window.seconds}" for window in windows]
        asked = _Asked(names, [window.seconds for window in windows])
        if not self._ask_from:
            return self._together.ask(asked)
        if time.monotonic() < self._ask_from or not self._asking.acquire(blocking=False):
            return None
        try:
            return self._together.ask(asked)
        finally:
            self._asking.release()

    def _ask(self, group: Group[_Asked, list[int] | None]) -> None:
        """Count the requests that came together in one trip, in their order."""
        told = self._told([asked for asked, _ in group])
        for asked, future in group:
            future.set_result(None if told is None else list(islice(told, len(asked.names))))

    def _told(self, group: Sequence[_Asked]) -> Iterator[int] | None:
        """Every count, one after another, or None while Redis is away."""
        if time.monotonic() < self._ask_from:
            return None
        calls = [[asked] for asked in group] if self._apart else [group]
        try:
            counts = [count for asked in calls for count in self._counted(asked)]
        except RedisError as error:
            if not self._ask_from:
                log.warning("redis is away, counting in memory", error=str(error))
            self._ask_from = time.monotonic() + PAUSE_S
            return None
        self._ask_from = 0.0
        return iter(counts)

    def _counted(self, group: Sequence[_Asked]) -> list[int]:
        """Count these in one call."""
        names = [name for asked in group for name in asked.names]
        told: list[int] = self._count(keys=names, args=[lives for asked in group for lives in asked.seconds])
        return told


class _Memory:
    """One process's own counts, by the moment their window ends, so that what is over is dropped whole."""

    def __init__(self) -> None:
        self._by_end: dict[tuple[int, int], dict[str, int]] = {}
        self._lock = Lock()

    def count(self, identity: str, windows: Sequence[Window], moment: int) -> list[int]:
        """Count one request; the counts, window by window."""
        with self._lock:
            return [self._one(identity, window.seconds, moment) for window in windows]

    def counted(self, identity: str, windows: Sequence[Window], moment: int) -> list[int]:
        """The counts as they stand."""
        with self._lock:
            places = [_place(window.seconds, moment) for window in windows]
            return [self._by_end.get(place, {}).get(identity, 0) for place in places]

    def _one(self, identity: str, seconds: int, moment: int) -> int:
        place = _place(seconds, moment)
        counts = self._by_end.get(place)
        if counts is None:
            self._by_end = {other: kept for other, kept in self._by_end.items() if other[0] > moment}
            counts = self._by_end[place] = {}
        counts[identity] = counts.get(identity, 0) + 1
        return counts[identity]


def _place(seconds: int, moment: int) -> tuple[int, int]:
    """Return when the window ends, and how long it is."""
    return moment // seconds * seconds + seconds, seconds


def _verdict(windows: Sequence[Window], counts: Sequence[int], moment: int) -> Verdict:
    refused = [place for place, window in enumerate(windows) if counts[place] > window.limit]
    # Where several refuse, the caller must outwait the longest.
    place = max(refused, key=lambda found: windows[found].seconds) if refused else 0
    window = windows[place]
    reset = (moment // window.seconds + 1) * window.seconds
    remaining = max(0, window.limit - counts[place])
    return Verdict(not refused, window.limit, remaining, reset, max(1, reset - moment))
