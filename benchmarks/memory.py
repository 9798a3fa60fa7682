"""Megabytes of each process after 10,000 runs that 64 connections submitted without pause, against those at rest."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.jokes import submissions
from benchmarks.load import send
from benchmarks.processes import children, resident
from benchmarks.sink import Receiver, receiver
from benchmarks.stage import Stage, stage

WHAT = "MB of a process after 10,000 runs of 64 connections, against at rest (web: 120 at most is promised)"
RUNS, BATCH = 10_000, 1_000
# The first requests open connections, read definitions and fill caches.
WARM = 200
SLOWEST_S = 120.0
PROCESSES = ("web", "worker", "callbacks run")


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Measure once: what has grown does not shrink again."""
    with receiver() as sink, stage(fresh(), *PROCESSES) as made:
        time.sleep(3)
        _run(made, sink, WARM)
        at_rest = _megabytes(made)

        @cache
        def afterwards() -> Mapping[str, float]:
            for _ in range(RUNS // BATCH):
                _run(made, sink, BATCH)
            return _megabytes(made)

        yield [
            Figure("MB", _of(afterwards, name), lambda name=name: at_rest[name], name.split()[0])  # type: ignore[misc]
            for name in PROCESSES
        ]


def _of(measured: Callable[[], Mapping[str, float]], name: str) -> Callable[[], float]:
    return lambda: measured()[name]


def _run(made: Stage, sink: Receiver, number: int) -> None:
    """Submit runs, and wait until each callback was received."""
    submits = submissions(made, number, sink.urls[:8])
    before, until = sink.received(), time.monotonic() + SLOWEST_S
    sent, _ = send(made.port, submits, most_s=SLOWEST_S)
    while sink.received() < before + sent:
        assert time.monotonic() < until, "not delivered"
        time.sleep(0.05)


def _megabytes(made: Stage) -> dict[str, float]:
    """Return the largest process of web, and the worker and deliverer themselves."""
    largest = {"web": max(map(resident, children(made.ids["web"][0])))}
    return largest | {name: resident(made.ids[name][0]) for name in PROCESSES[1:]}
