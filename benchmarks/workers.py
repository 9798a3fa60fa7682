"""Texts a second with two and with four workers, against one, and the computing that each text takes in them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.processes import computed_by_all_threads, family
from benchmarks.stage import Stage, stage
from benchmarks.text import actions

WHAT = "text actions a second of 1, 2 and 4 workers, against 1, and ms of computing of workers and engines for one"
ROUNDS = 3
NUMBERS = (1, 2, 4)


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Measure each number in turn; what a text takes was counted meanwhile."""
    with ExitStack() as stack:
        stages = {number: stack.enter_context(stage(fresh(), "web", *["worker"] * number)) for number in NUMBERS}
        spent: dict[int, float] = {}
        rates = {number: partial(_rate, stages[number], number, spent) for number in NUMBERS}
        for measure in rates.values():
            measure()
        yield [Figure("text actions a second", rates[number], rates[1], str(number)) for number in NUMBERS[1:]] + [
            Figure("ms of computing a text", partial(spent.__getitem__, number), partial(spent.__getitem__, 1), name)
            for number, name in ((2, "computing-2"), (4, "computing-4"))
        ]


def _rate(made: Stage, number: int, spent: dict[int, float]) -> float:
    """Measure the rate of so many workers, and keep the computing of one text."""
    processes = [one for worker in made.ids["worker"] for one in family(worker)]
    before = sum(map(computed_by_all_threads, processes))
    done, rate = actions(made)
    spent[number] = (sum(map(computed_by_all_threads, processes)) - before) / done * 1000
    return rate
