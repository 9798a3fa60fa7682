"""Runs a second through the rows that every run writes, all in one row, against as many rows as connections.

Every accept holds credits in its account's row, every end takes them there, and every batch of claims moves its lane's
clock. A row is locked until the commit. The transactions are the service's own, of one run and of 32.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.row_writers import Step, writers
from benchmarks.stage import stage

WHAT = "runs a second of 4 connections in one row (account, lane's clock), against in a row for each of them"
DATABASES = ("postgres",)
ROUNDS = 3
CONNECTIONS = 4
STEPS = ("accept", "claim", "end")
# The runs of a transaction, and how many transactions each connection makes.
GROUPS = ((1, 200), (32, 25))


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Measure each transaction with groups of each size."""
    with stage(fresh()) as made, writers(CONNECTIONS, made.environment) as step:
        keys = [made.keys(1, "generor")[0] for _ in range(CONNECTIONS)]
        lanes = [f"bench-{number}" for number in range(CONNECTIONS)]
        one, many = (
            list(zip(keys[:1] * CONNECTIONS, lanes[:1] * CONNECTIONS, strict=True)),
            list(zip(keys, lanes, strict=True)),
        )
        _rate(step, many, "end", *GROUPS[0])
        yield [
            Figure(
                "runs a second",
                partial(_rate, step, one, measured, size, times),
                partial(_rate, step, many, measured, size, times),
                f"{measured}-{size}",
            )
            for measured in STEPS
            for size, times in GROUPS
        ]


def _rate(step: Step, rows: Sequence[tuple[str, str]], measured: str, size: int, times: int) -> float:
    """Return how many runs a second all connections write in that step, each in its account and lane."""
    step("prepare", [{"key": key, "lane": lane, "size": size, "times": times} for key, lane in rows])
    for name in STEPS[: STEPS.index(measured) + 1]:
        told = step(name)
    seconds = max(one["ended"] for one in told) - min(one["began"] for one in told)
    return float(sum(one["runs"] for one in told) / seconds)
