"""Text actions a second from submit to end, against no-op RQ jobs, one worker process each."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from benchmarks import no_op
from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.jokes import submissions
from benchmarks.load import send
from benchmarks.stage import Stage, stage
from service.store.tables import runs

WHAT = "text actions a second, submit to completed, against no-op RQ SimpleWorker jobs"
RUNS = 1000
SLOWEST_S = 60.0


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Compare the rates from the first submit to the last end."""
    with stage(fresh(), "web", "worker") as made, no_op.worker() as (_, queue):
        actions(made)

        def bare() -> float:
            began = time.perf_counter()
            last = [queue.enqueue(no_op.job, result_ttl=500) for _ in range(RUNS)][-1]
            no_op.done(last, queue)
            return RUNS / (time.perf_counter() - began)

        yield [Figure("text actions a second", lambda: actions(made)[1], bare)]


def actions(made: Stage) -> tuple[int, float]:
    """Return how many were done, and how many a second, from the first submit to the last end."""
    submits = submissions(made, RUNS)
    before, began = completed(made), time.perf_counter()
    sent, _ = send(made.port, submits, connections=16)
    while completed(made) - before < sent:
        assert time.perf_counter() - began < SLOWEST_S, "not completed"
        time.sleep(0.01)
    return sent, sent / (time.perf_counter() - began)


def completed(made: Stage) -> int:
    with made.database.read() as db:
        return int(db.execute(select(func.count()).select_from(runs).where(runs.c.status == "completed")).scalar_one())
