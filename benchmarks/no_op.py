"""The limit of a run: an RQ job that does nothing, worked by RQ's SimpleWorker in one process."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from rq import Queue, SimpleWorker

from benchmarks.stage import ROOT
from tests.support.valkey import Valkey


def job() -> None:
    """Do nothing."""


@contextmanager
def worker() -> Iterator[tuple[Redis, Queue]]:
    """A SimpleWorker at work in its own process, on a Redis of its own."""
    redis = Valkey()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.no_op", redis.url], cwd=ROOT)
    client = redis.client()
    queue = Queue("bare", connection=client, serializer="json")
    try:
        done(queue.enqueue(job, result_ttl=500), queue)
        yield client, queue
    finally:
        process.kill()
        process.wait(timeout=30)
        redis.close()


def done(last: object, queue: Queue) -> None:
    """Return once that job has ended."""
    while last.get_status().value != "finished":  # type: ignore[attr-defined]
        time.sleep(0.0005)


if __name__ == "__main__":
    connection = Redis.from_url(sys.argv[1])
    SimpleWorker(
        [Queue("bare", connection=connection, serializer="json")], connection=connection, serializer="json"
    ).work(logging_level="ERROR")
