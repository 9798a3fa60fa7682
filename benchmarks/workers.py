"""Texts a second with two and with four workers, against one, and the computing that each text takes in every part."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from benchmarks.computing import PARTS, rate_and_computing
from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.stage import Stage, stage
from benchmarks.text import actions

WHAT = "text actions a second of 1, 2 and 4 workers, against 1, and ms of computing for one, engine included"
ROUNDS = 3
NUMBERS = (1, 2, 4)


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Measure each number in turn."""
    with compared(fresh, actions) as figures:
        yield figures


@contextmanager
def compared(fresh: Fresh, measure: Callable[[Stage], tuple[int, float]], **environment: str) -> Iterator[list[Figure]]:
    """Compare numbers of workers by how many runs `measure` did, and how many a second, in an installation of each."""
    with ExitStack() as stack:
        stages = {
            number: stack.enter_context(stage(fresh(), "web", *["worker"] * number, **environment))
            for number in NUMBERS
        }
        spent: dict[int, dict[str, float]] = {}

        def rate(number: int) -> float:
            made = stages[number]
            found, spent[number] = rate_and_computing(made, partial(measure, made))
            return found

        for number in NUMBERS:
            rate(number)
        more = NUMBERS[1:]
        yield [Figure("a second", partial(rate, number), partial(rate, 1), str(number)) for number in more] + [
            Figure("ms", lambda n=number, p=part: spent[n][p], lambda p=part: spent[1][p], f"{part}-{number}")  # type: ignore[misc]
            for number in more
            for part in PARTS
        ]
