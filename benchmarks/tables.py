"""`python -m benchmarks.tables RESULTS.json…`: write the tables of docs/performance.md and docs/scaling.md.

Each RESULTS.json is what `python -m benchmarks --json` printed. What stands between `<!-- figures -->` and
`<!-- end -->` of either is replaced; figures that were not measured are left out.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.computing import PARTS

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- figures -->", "<!-- end -->"
NAMES = {
    "accept": "accepts a second, to a bare Flask route",
    "text": "text actions a second, to RQ's no-op jobs",
    "latency": "ms from 202 to callback, to RQ's enqueue to done",
    "deliver": "callbacks a second of one deliverer, to a bare aiohttp loop",
    "chain": "callbacks a second from accept on, to Dramatiq's pipeline",
    "openai": "chats a second of `/openai/v1`, to a bare Flask route",
}
AIMS = {
    "accept": ("0.55", "0.30"),
    "text": ("1.3", "1.0"),
    "latency": ("3.3 or less", "4 or less"),
    "deliver": ("0.6", "0.5"),
}
DATABASES = ("sqlite", "postgres")
Figures = Mapping[str, Mapping[str, Any]]


def main(words: Sequence[str]) -> None:
    """Read the results, and write both documents."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("results", type=Path, nargs="+")
    figures: dict[str, Any] = {}
    for path in parser.parse_args(words).results:
        figures |= json.loads(path.read_text())["figures"]
    _replace(ROOT / "docs" / "performance.md", performance(figures))
    _replace(ROOT / "docs" / "scaling.md", scaling(figures))


def performance(figures: Figures) -> str:
    """Word every table of docs/performance.md."""
    parts = [_ratios(figures), _peers(figures), _memory(figures), _costs(figures), _pictures(figures)]
    return "\n\n".join([_measured_on(), *filter(None, parts)])


def scaling(figures: Figures) -> str:
    """Word the tables of docs/scaling.md."""
    parts = [
        _workers(figures, "workers", "texts a second"),
        _workers(figures, "provider_calls", "texts a second, each a call of 1 s"),
        _rows(figures),
    ]
    return "\n\n".join([_measured_on(), *filter(None, parts)])


def _workers(figures: Figures, benchmark: str, what: str) -> str:
    rows = []
    for database in DATABASES:
        found = {number: figures.get(f"{benchmark}.{number}.{database}") for number in (2, 4)}
        told = {number: figure for number, figure in found.items() if figure is not None}
        for number, figure in told.items():
            if number == min(told):
                rows.append(["1", database, f"{figure['limit']:.0f}", "1"])
                rows[-1] += _computing(figures, f"{benchmark}.{{}}-{number}.{database}", "limit")
            rows.append([f"{number}", database, f"{figure['value']:.0f}", _ratio(figure)])
            rows[-1] += _computing(figures, f"{benchmark}.{{}}-{number}.{database}", "value")
    parts = [f"ms of a text in {part}" for part in PARTS]
    return _table(["workers", "database", what, "times one worker's", *parts], rows)


def _computing(figures: Figures, label: str, value: str) -> list[str]:
    found = [figures.get(label.format(part)) for part in PARTS]
    return ["" if figure is None else f"{figure[value]:.1f}" for figure in found]


def _rows(figures: Figures) -> str:
    names = {"accept": "accepts: the account", "claim": "claims: the lane's clock", "end": "ends: the account"}
    rows = []
    for label, figure in figures.items():
        if label.startswith("rows."):
            step, size = label.split(".")[1].split("-")
            rows.append([names[step], size, f"{figure['value']:.0f}", f"{figure['limit']:.0f}", _ratio(figure)])
    head = ["runs a second, and the row they share", "in a transaction", "4 connections, one row", "4 rows", "ratio"]
    return _table(head, rows)


def _measured_on() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    machine = f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, {platform.system()}"
    return f"On {time.strftime('%Y-%m-%d')}, {machine}, by `python -m benchmarks --json`: medians, and (least to most)."


def _ratios(figures: Figures) -> str:
    rows = []
    for name, what in NAMES.items():
        for database, aim in zip(DATABASES, AIMS.get(name, ("", "")), strict=True):
            if figure := figures.get(f"{name}.{database}"):
                value = f"{figure['value']:.0f} ({figure['min']:.0f} to {figure['max']:.0f})"
                rows.append([what, database, value, f"{figure['limit']:.0f}", _ratio(figure), aim])
    return _table(["figure", "database", "value", "limit", "ratio", "aimed at"], rows)


def _peers(figures: Figures) -> str:
    rows = [
        [label, peer, told]
        if isinstance(told, str)
        else [label, peer, f"{told['value']:.0f} ({told['min']:.0f} to {told['max']:.0f})", _ratio(told)]
        for label, figure in figures.items()
        if label.startswith(("chain", "openai"))
        for peer, told in figure.get("peers", {}).items()
    ]
    return _table(["figure", "peer in the same rounds", "its value", "times it"], rows)


def _memory(figures: Figures) -> str:
    rows = [
        [label.split(".")[1], label.split(".")[2], f"{figure['limit']:.0f} MB", f"{figure['value']:.0f} MB"]
        for label, figure in figures.items()
        if label.startswith("memory.")
    ]
    return _table(["process", "database", "at rest", "after 10,000 runs of 64 connections"], rows)


def _costs(figures: Figures) -> str:
    rows = []
    for label, figure in figures.items():
        if label.startswith("costs."):
            _, name, database = label.split(".")
            (some,) = figure["peers"].values()
            sizes = (figure["limit"], some["value"], figure["value"])
            rows.append([name, database, *(f"{size:.2f}" for size in sizes), _ratio(figure)])
    head = ["ms of computing", "database", "1,000 runs", "100,000", "1,000,000", "1,000,000 to 1,000"]
    return _table(head, rows)


def _pictures(figures: Figures) -> str:
    rows = [
        [label.split(".")[1], f"{figure['value']:.1f}", f"{figure['limit']:.1f}", _ratio(figure)]
        for label, figure in figures.items()
        if label.startswith("pictures.")
    ]
    return _table(["a second of computing", "engine", "Pillow's own code alone", "ratio"], rows)


def _ratio(figure: Mapping[str, Any]) -> str:
    return f"{figure['ratio']:.2f} ({figure['min_ratio']:.2f} to {figure['max_ratio']:.2f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    full = [[*row, *[""] * (len(head) - len(row))] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *full))


def _replace(path: Path, text: str) -> None:
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path.name} has no {BEGIN} … {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    main(sys.argv[1:])
