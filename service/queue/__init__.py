"""Doorbells in Redis. Redis holds no truth: what is rung here stands in the database, and is found there without it.

`ring` reaches the workers that listen at once; where none does it puts one RQ job a lane in the queue, and none while
one is waiting there. `announce` and `listen` are pub/sub for those who wait in other processes. With Redis down every
call returns at once and says nothing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.timeouts import BaseDeathPenalty
from rq.utils import import_attribute

from service.logs import Outage
from service.queue.redis_client import connect, is_cluster

DRAIN = "service.processes.worker.drain"
DELIVERIES = "genhook:deliveries"
ENDED = "genhook:ended"
# A bell whose job was lost rings again after this; the sweeper and the workers' own look need not wait for it.
PENDING_MS = 2_000
PAUSE_S = 1.0
RING_S = 0.25
log = structlog.get_logger("queue")


class Bell:
    """Rings lanes and announces what happened; silent while Redis is away."""

    def __init__(self, url: str) -> None:
        """Connects at the first ring."""
        # Whoever rings has callers waiting.
        self._redis = connect(url, RING_S)
        # RQ's keys would lie on several servers. Who is rung while nobody listens is found in the database.
        self._queueing = not is_cluster(url)
        self._queues: dict[str, Queue] = {}
        self._quiet_until = 0.0
        self._outage = Outage(log, "redis unavailable, doorbells not rung", "redis is back, doorbells are rung")

    def ring(self, lane: str) -> None:
        """See to it that a worker drains `lane` soon: those at work hear it now, else one job waits for the next."""
        self._try(lambda: self._ring(lane))

    def answered(self, lane: str) -> None:
        """Allow the next doorbell. A drain calls this before it looks: who rings from now on is not covered by it."""
        self._try(lambda: self._redis.delete(_pending(lane)))

    def announce(self, channel: str, messages: Iterable[str] = ()) -> None:
        """Publish `messages`, comma-separated, on `channel`."""
        self._try(lambda: self._redis.publish(channel, ",".join(messages)))

    def alive(self) -> bool:
        """Ask whether Redis answers now."""
        try:
            return bool(self._redis.ping())
        except RedisError:
            return False

    def _ring(self, lane: str) -> None:
        if not self._redis.publish(ringing(lane), lane) and self._queueing:
            self._enqueue(lane)

    def _enqueue(self, lane: str) -> None:
        if not self._redis.set(_pending(lane), "1", nx=True, px=PENDING_MS):
            return
        queue = self._queues.setdefault(lane, Queue(lane, connection=self._redis, serializer="json"))
        queue.enqueue_call(DRAIN, args=(lane,), timeout=-1, result_ttl=0, failure_ttl=0)

    def _try(self, call: Callable[[], Any]) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            call()
        except RedisError as error:
            self._quiet_until = time.monotonic() + PAUSE_S
            self._outage.lasts(error=str(error))
        else:
            self._outage.over()


def listen(url: str, channels: Sequence[str], heard: Callable[[str], None], stopped: Callable[[], bool]) -> None:
    """Call `heard` with each message on these channels until `stopped`, through every loss of Redis."""
    outage = Outage(log, "redis unavailable, looking in the database", "redis is back, listening")
    while not stopped():
        try:
            with connect(url).pubsub(ignore_subscribe_messages=True) as pubsub:  # type: ignore[no-untyped-call]
                pubsub.subscribe(*channels)
                outage.over()
                while not stopped():
                    message = pubsub.get_message(timeout=PAUSE_S)
                    if message is not None:
                        heard(message["data"].decode())
        except RedisError as error:
            if not stopped():
                outage.lasts(channels=channels, error=str(error))
                time.sleep(PAUSE_S)


def ringing(lane: str) -> str:
    """Return the channel of a lane's bell."""
    return f"genhook:ring:{lane}"


def _pending(lane: str) -> str:
    return f"genhook:bell:{lane}"


class _NoDeathPenalty(BaseDeathPenalty):
    """A drain bounds itself, and its steps are watched by the heartbeat: no alarm signal is needed."""

    def setup_death_penalty(self) -> None:
        """Nothing to set up."""

    def cancel_death_penalty(self) -> None:
        """Nothing to cancel."""


class JobRefused(Exception):
    """A job in Redis that is not a doorbell; it is thrown away, and nothing that it names is called."""


class DoorbellJob(Job):
    """The one job that a worker takes: `drain(lane)`, with no callbacks and no webhooks.

    Whoever can write to Redis may put anything into a job; no name but DRAIN is ever imported or called.
    """

    success_callback = failure_callback = stopped_callback = None

    @property
    def func(self) -> Any:
        """Look up `drain`. Raises JobRefused for a job of another name."""
        if self.func_name != DRAIN or self.instance is not None:
            raise JobRefused(f"Only {DRAIN} is taken from Redis, not {str(self.func_name)[:100]!r}.")
        return import_attribute(DRAIN)

    def send_webhooks(self, status: Any, *, exc_string: str | None = None) -> None:
        """Send nothing: a doorbell has no webhooks."""


class LaneWorker(SimpleWorker):
    """RQ's in-process worker, for doorbells: nothing of a job is kept, and a stop is asked for between batches."""

    death_penalty_class = _NoDeathPenalty

    def __init__(self, lanes: list[str], url: str, on_stop: Callable[[], None]) -> None:
        """`on_stop` is called once when the process is told to stop, at whatever point its job is."""
        redis = connect(url, patience_s=None, connect_s=1.0)
        queues = [Queue(lane, connection=redis, serializer="json", job_class=DoorbellJob) for lane in lanes]
        super().__init__(
            queues,
            connection=redis,
            serializer="json",
            job_class=DoorbellJob,
            worker_ttl=30,
            maintenance_interval=30,
        )
        self._on_stop = on_stop

    def subscribe(self) -> None:
        """Take no commands over Redis: a process is stopped by signals, and by nobody else."""

    def run_maintenance_tasks(self) -> None:
        """Clean up after workers that died; what can't be read is left, and harms nobody."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except RedisError:
            raise
        except Exception as error:
            log.warning("redis holds jobs that can't be read", error=str(error))

    def request_stop(self, signum: Any, frame: Any) -> None:
        """The first signal: finish what is in hand (RQ's warm shutdown)."""
        self._on_stop()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]
