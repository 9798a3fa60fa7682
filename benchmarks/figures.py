"""A figure of the service beside its limit: both measured in turn, for a bounded time, and the median told."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

# No further round begins after this.
BUDGET_S = 40.0
Measure = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """`service` and `limit` each measure once, in `unit`; `name` tells the figures of one benchmark apart.

    `peers` are other programs or sizes that are measured in the same rounds; one that is None is not installed here.
    """

    unit: str
    service: Measure
    limit: Measure
    name: str = ""
    peers: Mapping[str, Measure | None] = field(default_factory=dict)


def measured(figure: Figure, rounds: int) -> dict[str, Any]:
    """Measure the service, its limit and its peers in turn, and return the medians and every round."""
    peers = {name: measure for name, measure in figure.peers.items() if measure is not None}
    until = time.monotonic() + BUDGET_S
    found: list[dict[str, float]] = []
    while len(found) < rounds and (not found or time.monotonic() < until):
        value, limit = figure.service(), figure.limit()
        beside = {name: measure() for name, measure in peers.items()}
        found.append({"value": value, "limit": limit, "ratio": value / limit, **beside})
    told = {**_summary(found, ("value", "limit", "ratio")), "unit": figure.unit, "rounds": found}
    if figure.peers:
        told["peers"] = {name: _beside(found, name) if name in peers else "not installed" for name in figure.peers}
    return told


def _summary(rounds: Sequence[Mapping[str, float]], names: Sequence[str]) -> dict[str, float]:
    """Return the medians, and the least and the most of value and ratio."""
    medians = {name: median(one[name] for one in rounds) for name in names}
    values, ratios = ([one[name] for one in rounds] for name in ("value", "ratio"))
    return {**medians, "min": min(values), "max": max(values), "min_ratio": min(ratios), "max_ratio": max(ratios)}


def _beside(rounds: Sequence[Mapping[str, float]], name: str) -> dict[str, float]:
    """Return a peer's figure as `limit` is told: its value, and the service's as a ratio to it."""
    return _summary([{"value": one[name], "ratio": one["value"] / one[name]} for one in rounds], ("value", "ratio"))
