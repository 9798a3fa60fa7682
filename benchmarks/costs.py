"""The computing that one request, run or callback takes with a million ended runs, against the same with a thousand.

Counted is the time on a processor, of this process and of PostgreSQL's: a machine that others share disturbs it less.
Everything belongs to one account, so that its lists are as long as the tables.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.inside import Inside, inside

WHAT = "ms of computing with 1,000,000 ended runs of one account, against 1,000 (1.2 times at most is aimed at)"
ROUNDS = 3
FEW, SOME, MANY = 1_000, 100_000, 1_000_000
TIMES = 20
PAGES = {
    "runs": "/v1/runs?limit=20",
    "runs-failed": "/v1/runs?limit=20&status=failed",
    "deliveries": "/v1/deliveries?limit=20",
    "creations": "/api/v1/creations?per_page=20",
    "creations-public": "/api/v1/creations/public?per_page=20",
    "creations-search": "/api/v1/creations/search?q=time&per_page=20",
    "transactions": "/api/v1/credits/transactions?per_page=20",
    "usage": "/v1/usage",
}
# What is made ready for a piece of work, and the work itself, which says how many times it was done.
Work = tuple[Callable[[Inside], object], Callable[[Inside], int]]


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Measure each piece of work at every size in turn."""
    with ExitStack() as stack:
        sizes = {number: stack.enter_context(inside(fresh(), number)) for number in (MANY, SOME, FEW)}
        measures = {
            name: {number: partial(_measured, size, *work) for number, size in sizes.items()}
            for name, work in _works().items()
        }
        # Statements are worded and caches filled at the first times.
        for of in measures.values():
            for measure in of.values():
                measure()
        yield [
            Figure("ms of computing", of[MANY], of[FEW], name, {f"with {SOME} runs": of[SOME]})
            for name, of in measures.items()
        ]


def _works() -> dict[str, Work]:
    works: dict[str, Work] = {
        "accept": (Inside.fresh_key, lambda size: size.accept(TIMES)),
        "work": (lambda size: size.accept(TIMES), lambda size: size.work(TIMES)),
        "look": (lambda size: size.due(TIMES), lambda size: size.look(TIMES)),
        "record": (lambda size: size.due(TIMES), Inside.record),
        "estimate": (Inside.fresh_key, lambda size: size.estimate(TIMES)),
    }
    return works | {
        f"list-{name}": (Inside.fresh_key, partial(Inside.get, path=path, times=TIMES)) for name, path in PAGES.items()
    }


def _measured(size: Inside, prepare: Callable[[Inside], object], work: Callable[[Inside], int]) -> float:
    """Return the milliseconds on a processor of one."""
    prepare(size)
    began = size.computing()
    times = work(size)
    return (size.computing() - began) / times * 1000
