"""`python -m benchmarks`: each figure as a ratio to a limit measured in the same run, since machines differ.

Every measure is taken in rounds, service and limit in turn, and the median is told. Names as arguments choose some.
"""

import sys
from collections.abc import Callable
from statistics import median

from benchmarks import accept, deliver, latency, lists, throughput

ROUNDS = 3
Measure = Callable[[], float]


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all, and print a line a figure."""
    known = {module.__name__.rpartition(".")[2]: module for module in (accept, throughput, latency, deliver, lists)}
    print(f"{'':34}{'service':>10}{'limit':>10}{'ratio':>8}")
    for name in names or known:
        print(known[name].WHAT)
        with known[name].bench() as measures:
            for label, service, limit in measures:
                ours, bare = _in_turn(service, limit)
                print(f"  {label:32}{ours:>10.1f}{bare:>10.1f}{ours / bare:>8.2f}", flush=True)


def _in_turn(service: Measure, limit: Measure) -> tuple[float, float]:
    rounds = [(service(), limit()) for _ in range(ROUNDS)]
    return median(ours for ours, _ in rounds), median(bare for _, bare in rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
