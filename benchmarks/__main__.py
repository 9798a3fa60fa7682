"""`python -m benchmarks [NAME…] [--json]`: each figure as a ratio to a limit that is measured in the same run.

Machines differ and are shared: the ratios are what to read. A name is a benchmark (`accept`) or a figure
(`accept.postgres`). Every benchmark runs on SQLite and on PostgreSQL, whose server comes from a wheel.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from typing import Any

from benchmarks import (
    accept,
    chain,
    costs,
    deliver,
    latency,
    memory,
    openai,
    pictures,
    provider_calls,
    rows,
    text,
    workers,
)
from benchmarks.databases import DATABASES
from benchmarks.figures import measured

MODULES = (accept, text, latency, deliver, chain, openai, workers, provider_calls, rows, memory, costs, pictures)
BENCHMARKS = {module.__name__.rpartition(".")[2]: module for module in MODULES}


def main(words: Sequence[str]) -> None:
    """Run the chosen benchmarks, or all, and print a line a figure, or one JSON object at the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}, or one with its database")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5, help="how often each figure is measured at most")
    options = parser.parse_args(words)
    with redirect_stdout(sys.stderr) if options.json else nullcontext():
        figures, failed = _measured(_chosen(parser, options.names), options.rounds)
    if options.json:
        print(json.dumps({"figures": figures}))
    if failed:
        sys.exit(f"not measured to the end: {', '.join(failed)}")


def _measured(chosen: Mapping[str, Sequence[str]], rounds: int) -> tuple[dict[str, Any], list[str]]:
    """Run these, and print a line a figure; the figures, and the names of those that were not measured to the end."""
    figures: dict[str, Any] = {}
    failed: list[str] = []
    print(f"{'':30}{'service':>10}{'limit':>10}{'ratio':>8}  lowest and highest ratio")
    for name, databases in chosen.items():
        module = BENCHMARKS[name]
        print(f"{module.WHAT}", flush=True)
        for database in databases:
            try:
                with DATABASES[database]() as fresh, module.bench(fresh) as measures:
                    for figure in measures:
                        label = ".".join(filter(None, (name, figure.name, database)))
                        figures[label] = measured(figure, min(rounds, getattr(module, "ROUNDS", rounds)))
                        print(_line(label, figures[label]), flush=True)
            except Exception as error:
                # The others are told all the same.
                failed.append(name)
                traceback.print_exception(error)
    return figures, failed


def _chosen(parser: argparse.ArgumentParser, names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the databases that each of the chosen benchmarks runs on."""
    chosen: dict[str, list[str]] = {}
    for word in names or BENCHMARKS:
        name, _, database = word.partition(".")
        if name not in BENCHMARKS or (database and database not in DATABASES):
            parser.error(f"{word} is no benchmark: {', '.join(BENCHMARKS)}, or one followed by .sqlite or .postgres")
        every = getattr(BENCHMARKS[name], "DATABASES", DATABASES)
        chosen.setdefault(name, []).extend([database] if database else every)
    return chosen


def _line(label: str, found: Mapping[str, Any]) -> str:
    ratios = [one["ratio"] for one in found["rounds"]]
    numbers = f"{found['value']:>10.1f}{found['limit']:>10.1f}{found['ratio']:>8.2f}"
    return f"  {label:28}{numbers}  {min(ratios):.2f} to {max(ratios):.2f} {found['unit']}"


if __name__ == "__main__":
    main(sys.argv[1:])
