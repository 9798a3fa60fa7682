"""From accept to delivered callback, 16 connections, against pipelines of the same shape: Dramatiq, Celery and n8n."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import orjson

from benchmarks import peers
from benchmarks.databases import Fresh
from benchmarks.figures import Figure, Measure
from benchmarks.jokes import submissions
from benchmarks.load import request, send
from benchmarks.sink import Receiver, receiver
from benchmarks.stage import Stage, stage

WHAT = "callbacks received a second from accept on, against a Flask route, two Dramatiq actors and a POST (Celery, n8n)"
RUNS = 1000
# It takes several milliseconds for each.
RUNS_OF_N8N = 150
CONNECTIONS = 16
SLOWEST_S = 60.0


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Compare the rates from the first submit to the last callback received."""
    with ExitStack() as stack:
        sink = stack.enter_context(receiver())
        made = stack.enter_context(stage(fresh(), "web", "worker", "callbacks run"))
        dramatiq, celery = (stack.enter_context(start()) for start in (peers.dramatiq, peers.celery))
        n8n = stack.enter_context(peers.n8n())
        # A deliverer leases its shards at its first rounds.
        time.sleep(3)
        service, limit = partial(_service, made, sink), partial(_peer, sink, dramatiq, "/", RUNS)
        beside: dict[str, Measure | None] = {
            "celery": partial(_peer, sink, celery, "/", RUNS),
            "n8n": None if n8n is None else partial(_peer, sink, *n8n, RUNS_OF_N8N),
        }
        for measure in (service, limit, *beside.values()):
            if measure is not None:
                measure()
        yield [Figure("callbacks a second", service, limit, peers=beside)]


def _service(made: Stage, sink: Receiver) -> float:
    submits = submissions(made, RUNS, sink.urls[:8])
    return _received(sink, lambda: send(made.port, submits, CONNECTIONS))


def _peer(sink: Receiver, port: int, path: str, runs: int) -> float:
    submits = [
        request(path, orjson.dumps({"url": sink.urls[number % 8], "text": "Tell me a joke about chains"}))
        for number in range(runs)
    ]
    return _received(sink, lambda: send(port, submits, CONNECTIONS))


def _received(sink: Receiver, submit: Callable[[], tuple[int, float]]) -> float:
    before, began = sink.received(), time.perf_counter()
    sent, _ = submit()
    while sink.received() < before + sent:
        assert time.perf_counter() - began < SLOWEST_S, "not delivered"
        time.sleep(0.01)
    return sent / (time.perf_counter() - began)
