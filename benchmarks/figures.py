"""A figure of the service beside its limit: both measured in turn, for a bounded time, and the median told."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

# No further round begins after this.
BUDGET_S = 60.0
Measure = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """`service` and `limit` each measure once, in `unit`; `name` tells the figures of one benchmark apart."""

    unit: str
    service: Measure
    limit: Measure
    name: str = ""


def measured(figure: Figure, rounds: int) -> dict[str, Any]:
    """Measure the service and its limit in turn, and return the medians and every round."""
    until = time.monotonic() + BUDGET_S
    found: list[dict[str, float]] = []
    while len(found) < rounds and (not found or time.monotonic() < until):
        value, limit = figure.service(), figure.limit()
        found.append({"value": value, "limit": limit, "ratio": value / limit})
    medians = {name: median(one[name] for one in found) for name in ("value", "limit", "ratio")}
    return {**medians, "unit": figure.unit, "rounds": found}
