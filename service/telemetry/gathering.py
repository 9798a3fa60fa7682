"""Adds the counters of all processes up, in one hash in Redis.

Each process adds what it has counted since it last did; whoever is asked for the metrics reads the sums. Redis holds no
truth: emptied, the counters begin at zero again, as Prometheus expects of any counter.
"""

import atexit
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from service.logs import Outage
from service.queue.redis_client import connect
from service.telemetry.metrics import REGISTRY
from service.telemetry.threads import SupervisedThread

KEY = "genhook:metrics"
EVERY_S = 2.0
log = structlog.get_logger("metrics")


class Gathering:
    """One process's counters on their way to the sums of all."""

    def __init__(self, redis_url: str, registry: CollectorRegistry = REGISTRY) -> None:
        """Connects at the first use."""
        self._redis, self._registry = connect(redis_url), registry
        self._told: dict[bytes, float] = {}
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._outage = Outage(log, "redis unavailable, counters kept in memory", "redis is back, counters are added up")

    def start(self) -> None:
        """Add every few seconds what was counted, and once more when the process ends."""
        SupervisedThread("metrics", self._keep, self._stopping).start()
        atexit.register(self.flush)

    def flush(self) -> None:
        """Add what was counted since the last time; with Redis away it is kept for the next."""
        with self._lock:
            counted = dict(_samples(self._registry))
            fresh = {field: more for field, value in counted.items() if (more := value - self._told.get(field, 0.0))}
            if not fresh:
                return
            pipe = self._redis.pipeline()
            for field, more in fresh.items():
                pipe.hincrbyfloat(KEY, field, more)
            try:
                pipe.execute()
            except RedisError as error:
                self._outage.lasts(error=str(error))
                return
            self._outage.over()
            self._told = counted

    def sums(self) -> "Sums":
        """Read the sums of all processes. Raises RedisError."""
        told: Mapping[bytes, bytes] = self._redis.hgetall(KEY)  # type: ignore[assignment]
        return Sums(self._registry, told)

    def _keep(self) -> None:
        while not self._stopping.wait(EVERY_S):
            self.flush()


class Sums(Collector):
    """The sums of all processes, as prometheus_client writes it: every metric, those without a sample too."""

    def __init__(self, registry: CollectorRegistry, told: Mapping[bytes, bytes]) -> None:
        """Take the metrics of `registry`, with the values in `told`; what other versions count is left out."""
        self._registry = registry
        self._samples: dict[str, list[tuple[dict[str, str], float]]] = {}
        for field, value in told.items():
            name, labels = orjson.loads(field)
            self._samples.setdefault(name, []).append((labels, float(value)))

    def collect(self) -> Iterator[Metric]:
        """Yield every metric with its sums."""
        for known in self._registry.collect():
            metric = Metric(known.name, known.documentation, known.type)
            for name in _names(known):
                for labels, value in sorted(self._samples.get(name, ()), key=_place):
                    metric.add_sample(name, labels, value)
            yield metric


def _samples(registry: CollectorRegistry) -> Iterator[tuple[bytes, float]]:
    for metric in registry.collect():
        for sample in metric.samples:
            if not sample.name.endswith("_created"):
                yield orjson.dumps([sample.name, sample.labels], option=orjson.OPT_SORT_KEYS), sample.value


def _names(metric: Metric) -> tuple[str, ...]:
    endings = ("_bucket", "_count", "_sum") if metric.type == "histogram" else ("_total",)
    return tuple(metric.name + ending for ending in endings)


def _place(sample: tuple[dict[str, str], float]) -> tuple[Any, ...]:
    """Sort by labels, the buckets of a histogram by their bound."""
    labels = sample[0]
    return (*(value for name, value in labels.items() if name != "le"), float(labels.get("le", "inf")))
