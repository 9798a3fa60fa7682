"""The order: everything about a generation that must be known before the 202.

Estimate and charge come from the same order, so they are the same number by construction. It is stored as JSON and
versioned: a worker of an older deploy leaves an order it does not know to a newer one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from service.providers.base import Reference, Task

VERSION = 1


class UnknownOrderVersion(Exception):
    """The order was written by a newer deploy than this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make, with whom, and what it costs.

    `prices[k-1]` are the credits for k made items, so `prices[-1]` is the estimate. `seconds` is the estimated wall
    clock time. `files` is the pattern of the made files' public paths ({workspace}, {user}, {generation}, {run},
    {creation}, {n}, {ext}). `creation` and `generation` are the columns of the rows that stand for what is made,
    None where the API has no such rows. `facts` is what the API's own `present` needs, in its own words.
    """

    task: Task
    provider: str
    model_id: int
    lane: str
    time_limit_s: int
    prices: tuple[int, ...]
    seconds: float
    sandbox: bool
    byok: bool = False
    generator: str | None = None
    files: str = "files/{run}/{n}.{ext}"
    private: bool = False
    creation: Mapping[str, Any] | None = None
    generation: Mapping[str, Any] | None = None
    adjustments: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def credits(self) -> int:
        """The estimate: the price of everything asked for; 0 on the caller's own provider key."""
        return 0 if self.byok else self.prices[-1]

    def price_of(self, made: int) -> int:
        """Credits for `made` items of those asked for."""
        return 0 if self.byok or made < 1 else self.prices[made - 1]

    def dumps(self) -> str:
        """The stored form."""
        return orjson.dumps({"version": VERSION, **asdict(self)}, default=str).decode()


def loads(text: str) -> Order:
    """The order in its stored form. Raises UnknownOrderVersion."""
    stored = orjson.loads(text)
    if stored.pop("version") != VERSION:
        raise UnknownOrderVersion(text[:40])
    task = stored.pop("task")
    references = tuple(Reference(**reference) for reference in task.pop("references"))
    prices = tuple(stored.pop("prices"))
    return Order(task=Task(**task, references=references), prices=prices, **stored)


def seeded(task: Task, seed: int | None = None) -> Task:
    """The task with a seed made from all it asks for, so that the same request gives the same result."""
    if seed is not None:
        return replace(task, seed=seed)
    asked = orjson.dumps(asdict(replace(task, seed=0, count=1)), option=orjson.OPT_SORT_KEYS, default=str)
    return replace(task, seed=int.from_bytes(hashlib.sha256(asked).digest()[:6], "big"))
