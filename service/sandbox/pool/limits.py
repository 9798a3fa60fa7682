"""The limits of one task in an engine process, and its pace, by what is made: `limits.json`."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

MEGABYTE = 1_000_000
# Under the limit of a step in the quick lane.
LONGEST_S = 100.0


class Pace(StrEnum):
    """Fractions of a second, seconds, or minutes: who waits for the one must not wait for the other."""

    QUICK = "quick"
    MEDIUM = "medium"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """Seconds of computing and by the clock, memory and output in bytes."""

    cpu_s: float
    wall_s: float
    memory: int
    output: int


@cache
def _known() -> dict[str, dict[str, Any]]:
    return dict(json.loads(Path(__file__).with_name("limits.json").read_text("utf-8")))


def limits_of(what: str, count: int = 1) -> TaskLimits:
    """Return the limits of making `count` items of a media, or of `read`ing a file. Raises KeyError for another."""
    row = _known()[what]
    more = max(0, count - 1)
    wall = row["wall_s"] + more * row.get("item_wall_s", 0)
    return TaskLimits(
        cpu_s=row["cpu_s"] + more * row.get("item_cpu_s", 0),
        wall_s=min(wall, row.get("longest_s", LONGEST_S)),
        memory=row["memory_mb"] * MEGABYTE,
        output=row["output_mb"] * MEGABYTE,
    )


def pace_of(what: str, count: int, length: int) -> Pace:
    """Return the pace of making `count` items of a media from a text of so many characters. Raises KeyError."""
    row = _known()[what]
    if count >= row.get("slow_items", count + 1) or count * length > row.get("slow_length", count * length):
        return Pace.SLOW
    return Pace(row.get("pace", Pace.MEDIUM))


@cache
def most_memory() -> int:
    """Return the bytes that no task may go beyond."""
    return max(limits_of(what).memory for what in _known())
