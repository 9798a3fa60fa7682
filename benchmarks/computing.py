"""The computing that each run takes in every part of an installation, counted while its rate is measured."""

from collections.abc import Callable

from sqlalchemy import text

from benchmarks.processes import children, computed_by_all_threads, family, parent
from benchmarks.stage import Stage

PARTS = ("worker", "web", "database")


def rate_and_computing(made: Stage, measure: Callable[[], tuple[int, float]]) -> tuple[float, dict[str, float]]:
    """Return the rate that `measure` tells beside its number of runs, and the ms that a run takes in each of PARTS.

    What the engine processes compute is their worker's. On SQLite the database computes in the others.
    """
    before = _seconds(made)
    done, rate = measure()
    return rate, {name: (seconds - before[name]) / done * 1000 for name, seconds in _seconds(made).items()}


def _seconds(made: Stage) -> dict[str, float]:
    processes = {part: [one for begun in made.ids.get(part, ()) for one in family(begun)] for part in PARTS}
    if not made.database.sqlite:
        with made.database.read() as db:
            processes["database"] = children(parent(db.execute(text("SELECT pg_backend_pid()")).scalar_one()))
    return {part: sum(map(computed_by_all_threads, ids)) for part, ids in processes.items()}
