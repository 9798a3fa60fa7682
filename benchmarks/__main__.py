"""`python -m benchmarks`: each figure as a ratio to a limit measured in the same run, since machines differ.

Every measure is taken in rounds, limit and service in turn, and the median is told. Names as arguments choose some.
"""

import sys
from collections.abc import Callable
from statistics import median

from benchmarks import accept, deliver, latency, throughput

ROUNDS = 3


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all, and print a line each."""
    known = {module.__name__.rpartition(".")[2]: module for module in (accept, throughput, latency, deliver)}
    print(f"{'':12}{'service':>12}{'limit':>12}{'ratio':>8}  what")
    for name in names or known:
        module = known[name]
        with module.bench() as (service, limit):
            ours, bare = _in_turn(service, limit)
        print(f"{name:12}{ours:>12.1f}{bare:>12.1f}{ours / bare:>8.2f}  {module.WHAT}", flush=True)


def _in_turn(service: Callable[[], float], limit: Callable[[], float]) -> tuple[float, float]:
    rounds = [(service(), limit()) for _ in range(ROUNDS)]
    return median(ours for ours, _ in rounds), median(bare for _, bare in rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
