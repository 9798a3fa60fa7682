"""Permits for paid calls: how many a provider's key has in flight, and how often it is called, over all workers.

The counts stand in Redis under its own clock. A permit is a lease: a worker renews those of its calls, a step those of
work that the provider has a ticket for, and what nobody renews is free again. Among accounts that wait the one with the
fewest calls in flight comes first, then the one that was let through longest ago. While Redis is away nothing is held
back: the provider's own 429 is heeded as ever.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from service.config import ProviderSettings
from service.generation.scripts import RENEW, TAKE
from service.logs import Outage
from service.providers.base import NotNow, Provider
from service.queue.redis_client import connect
from service.telemetry import metrics
from service.telemetry.threads import SupervisedThread

REDIS_S = 0.5
# A call's permit outlives the worker that died with it by this at most.
LEASE_S = 15.0
RENEW_S = 5.0
# Work with a ticket is looked at again within a minute; its permit outlives that by this.
TICKET_S = 30.0
FIRST_LOOK_S = 60.0
# What is made already waits this long for the permit of the call that lacks, and is then sent without one.
PATIENCE_S = 120.0
# A provider's word is taken for this long at once: whoever is paused asks again.
MOST_PAUSE_S = 60.0
PARTS = ("held", "accounts", "turns", "sent")
NONE = ProviderSettings()
log = structlog.get_logger("permits")


class NoPermit(NotNow):
    """Not sent, since the provider's key has as many calls as it may have: to be tried again, `wait` seconds later."""

    def __init__(self, provider: str, wait: float) -> None:
        super().__init__(f"{provider} gets as many calls as it may; this one waits for its turn.")
        self.wait = wait


class Permits:
    """The permits that one worker process takes."""

    def __init__(self, redis_url: str, settings: Mapping[str, ProviderSettings]) -> None:
        """`settings` have each provider's limits. Connects at the first call."""
        redis = connect(redis_url, REDIS_S)
        self._settings = settings
        self._take = redis.register_script(TAKE)
        self._renew = redis.register_script(RENEW)
        self._redis = redis
        self._outage = Outage(log, "redis unavailable, provider limits not held", "redis is back, provider limits held")
        self._in_flight: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self._renewing: SupervisedThread | None = None

    def of(self, provider: Provider, account_id: str, run_id: str) -> "RunPermits":
        """Return the permits of one run's calls with this provider's key."""
        key = hashlib.sha256(f"{provider.name} {provider.access.key}".encode()).hexdigest()[:16]
        limits = self._settings.get(provider.name, NONE)
        return RunPermits(self, limits, provider.name, f"genhook:calls:{{{provider.name}:{key}}}", account_id, run_id)

    def take(self, limits: ProviderSettings, place: str, account_id: str, member: str, model: str) -> float:
        """Take a permit; 0, or the seconds until it should be tried again."""
        keys = [*(f"{place}:{part}" for part in PARTS), f"{place}:waiting:{account_id}", _paused(place, model)]
        calls, seconds = (limits.rate.calls, limits.rate.seconds) if limits.rate else (0, 0)
        lease = int(LEASE_S * 1000)
        arguments: list[str | int] = [account_id, member, limits.concurrency, calls, seconds * 1000, lease]
        told = self._asked(lambda: self._take(keys=keys, args=arguments))
        return 0.0 if told is None else int(told) / 1000

    def renew(self, place: str, members: Iterable[str], lease_s: float) -> None:
        """Keep these permits for `lease_s` from now; 0 gives them back."""
        if members := list(members):
            self._asked(lambda: self._renew(keys=[f"{place}:held"], args=[int(lease_s * 1000), *members]))

    def pause(self, place: str, model: str, seconds: float) -> None:
        """Let no worker call `model` with this key for so long."""
        self._asked(lambda: self._redis.set(_paused(place, model), "1", px=max(1, int(seconds * 1000))))

    @contextmanager
    def renewed(self, place: str, member: str) -> Iterator[None]:
        """Renew a permit for as long as its call takes."""
        with self._lock:
            self._in_flight.setdefault(place, set()).add(member)
            if self._renewing is None:
                self._renewing = SupervisedThread("permits", self._renew_all)
                self._renewing.start()
        try:
            yield
        finally:
            with self._lock:
                self._in_flight[place].discard(member)

    def _renew_all(self) -> None:
        while True:
            time.sleep(RENEW_S)
            # Under the lock: what has ended meanwhile, and is given back next, must not be renewed after that.
            with self._lock:
                self._in_flight = {place: members for place, members in self._in_flight.items() if members}
                for place, members in self._in_flight.items():
                    self.renew(place, members, LEASE_S)

    def _asked(self, call: Callable[[], object]) -> str | None:
        try:
            told = call()
        except RedisError as error:
            self._outage.lasts(error=str(error))
            return None
        self._outage.over()
        return str(told)


@dataclass(frozen=True, slots=True)
class RunPermits:
    """The permits of one run's paid calls, by their numbers."""

    permits: Permits
    limits: ProviderSettings
    provider: str
    place: str
    account_id: str
    run_id: str

    @contextmanager
    def begun(self, number: int, model: str, patient: bool = False) -> Iterator[None]:
        """Take a permit, unless it is held, for what is done before the call; where that fails it is given back.

        Raises NoPermit, save where the run is `patient`, which waits for it here.
        """
        until = time.monotonic() + (PATIENCE_S if patient else 0.0)
        while wait := self.permits.take(self.limits, self.place, self.account_id, self._member(number), model):
            if not patient:
                metrics.provider_waits.labels(self.provider).inc()
                raise NoPermit(self.provider, wait)
            if time.monotonic() > until:
                break
            time.sleep(wait)
        try:
            yield
        except BaseException:
            self.end([number])
            raise

    @contextmanager
    def call(self, number: int, model: str, patient: bool) -> Iterator[None]:
        """Hold a permit while a call is made; `end` gives it back, or `keep` keeps it for what got a ticket."""
        with self.begun(number, model, patient):
            if not self._limited:
                yield
                return
            with self.permits.renewed(self.place, self._member(number)):
                yield

    def keep(self, numbers: Iterable[int], wait_s: float = FIRST_LOOK_S) -> None:
        """Keep the permits of work that is to be looked at in `wait_s`."""
        if self._limited:
            self.permits.renew(self.place, map(self._member, numbers), wait_s + TICKET_S)

    def end(self, numbers: Iterable[int]) -> None:
        """Give back the permits of calls that have ended."""
        if self._limited:
            self.permits.renew(self.place, map(self._member, numbers), 0.0)

    def pause(self, model: str, seconds: float | None) -> None:
        """Heed the provider's word that it takes nothing for `model` for so long, in every worker."""
        if seconds:
            self.permits.pause(self.place, model, min(MOST_PAUSE_S, seconds))

    @property
    def _limited(self) -> bool:
        return bool(self.limits.concurrency or self.limits.rate)

    def _member(self, number: int) -> str:
        return f"{self.account_id}/{self.run_id}.{number}"


def _paused(place: str, model: str) -> str:
    return f"{place}:paused:{hashlib.sha256(model.encode()).hexdigest()[:16]}"
