"""The estimated time of a generation. Source: generor-api, `time_estimate` of POST /generators/{slug}/estimate."""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

from service.catalog.models import Model

ENOUGH_SAMPLES = 3
MOST_SAMPLES = 10


def estimate_time(samples: Sequence[float], model: Model, count: int) -> dict[str, Any]:
    """The `time_estimate` block for `count` items.

    `samples` are the seconds per item of the last generations, newest first; at most ten count, and with fewer than
    three the model's own typical time stands in. All times are whole seconds; minimum and maximum are per item.
    """
    recent = samples[:MOST_SAMPLES]
    historical = len(recent) >= ENOUGH_SAMPLES
    spread = recent if historical else (model.seconds,)
    per_item = max(1, floor(sum(spread) / len(spread) + 0.5))
    return {
        "seconds": per_item * count,
        "per_item": per_item,
        "min_seconds": min(per_item, floor(min(spread))),
        "max_seconds": max(per_item, ceil(max(spread))),
        "sample_count": len(recent),
        "has_historical": historical,
        "source": "historical" if historical else "fallback",
    }
