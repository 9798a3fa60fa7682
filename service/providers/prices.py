"""Token prices of providers, in US dollars a million: for those that report usage and no price.

Data, since prices change and code does not; a model or a kind that is not there has no known cost.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

MILLION = 1_000_000


def dollars(provider: str, model: str, tokens: Mapping[str, int]) -> float | None:
    """The cost of `tokens` by kind; None where nothing was reported or one of the prices is not known."""
    known = _prices().get(provider, {}).get(model, {})
    if not tokens or any(count and kind not in known for kind, count in tokens.items()):
        return None
    return sum(count * known.get(kind, 0) for kind, count in tokens.items()) / MILLION


@cache
def _prices() -> dict[str, dict[str, dict[str, float]]]:
    prices: dict[str, dict[str, dict[str, float]]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return prices
