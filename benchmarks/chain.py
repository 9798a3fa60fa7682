"""From accept to delivered callback, 16 connections, against a pipeline of the same shape on Dramatiq."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count, cycle

import orjson

from benchmarks.accept import PATH, served
from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.load import request, send
from benchmarks.sink import Receiver, receiver
from benchmarks.stage import ROOT, Stage, stage
from tests.support.valkey import Valkey

WHAT = "callbacks received a second from accept on, against a Flask route, two Dramatiq actors and a POST"
RUNS = 2000
CONNECTIONS = 16
SLOWEST_S = 60.0
_numbers = count()


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Compare the rates from the first submit to the last callback received."""
    with ExitStack() as stack:
        sink = stack.enter_context(receiver())
        made = stack.enter_context(stage(fresh(), "web", "worker", "callbacks run"))
        port = stack.enter_context(_pipeline())
        # A deliverer leases its shards at its first rounds.
        time.sleep(3)
        measures = (lambda: _service(made, sink), lambda: _limit(port, sink))
        for measure in measures:
            measure()  # type: ignore[no-untyped-call]
        yield [Figure("callbacks a second", *measures)]


def _service(made: Stage, sink: Receiver) -> float:
    keys = cycle(made.keys(RUNS))
    body = {"input": {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about chains"}}
    submits = [
        request(
            PATH,
            orjson.dumps({**body, "callback_url": sink.urls[number % 8]}),
            Authorization=f"Bearer {next(keys)}",
            Idempotency_Key=f"chain-{next(_numbers)}",
        )
        for number in range(RUNS)
    ]
    return _received(sink, lambda: send(made.port, submits, CONNECTIONS))


def _limit(port: int, sink: Receiver) -> float:
    submits = [
        request("/", orjson.dumps({"url": sink.urls[number % 8], "text": "Tell me a joke about chains"}))
        for number in range(RUNS)
    ]
    return _received(sink, lambda: send(port, submits, CONNECTIONS))


def _received(sink: Receiver, submit: Callable[[], tuple[int, float]]) -> float:
    before, began = sink.received(), time.perf_counter()
    sent, _ = submit()
    while sink.received() < before + sent:
        assert time.perf_counter() - began < SLOWEST_S, "not delivered"
        time.sleep(0.01)
    return sent / (time.perf_counter() - began)


@contextmanager
def _pipeline() -> Iterator[int]:
    """The pipeline at work: its route under gunicorn, its actors in one process of Dramatiq."""
    redis = Valkey()
    environment = {"PIPELINE_REDIS": redis.url}
    words = [sys.executable, "-m", "dramatiq", "benchmarks.pipeline", "--processes", "1", "--threads", "8"]
    workers = subprocess.Popen(
        words, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with served("benchmarks.pipeline:app", **environment) as port:
            yield port
    finally:
        workers.terminate()
        workers.wait(timeout=30)
        redis.close()
