"""The computing that each run takes in workers and web, counted while its rate is measured."""

from collections.abc import Callable

from benchmarks.processes import computed_by_all_threads, family
from benchmarks.stage import Stage

# PostgreSQL's is not told: one server serves every installation of a benchmark.
PARTS = ("worker", "web")


def rate_and_computing(made: Stage, measure: Callable[[], tuple[int, float]]) -> tuple[float, dict[str, float]]:
    """Return the rate that `measure` tells beside its number of runs, and the ms that a run takes in each of PARTS.

    What the engine processes compute is their worker's.
    """
    before = _seconds(made)
    done, rate = measure()
    return rate, {part: (seconds - before[part]) / done * 1000 for part, seconds in _seconds(made).items()}


def _seconds(made: Stage) -> dict[str, float]:
    processes = {part: [one for begun in made.ids[part] for one in family(begun)] for part in PARTS}
    return {part: sum(map(computed_by_all_threads, ids)) for part, ids in processes.items()}
