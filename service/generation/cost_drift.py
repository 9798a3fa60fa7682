"""The real cost of runs at their providers, beside what they were sold for: recorded, shown, never charged."""

from dataclasses import dataclass
from functools import partial
from math import inf

from sqlalchemy import Connection, func, insert, select

from service.generation.order import Order
from service.store.clock import now
from service.store.database import afterwards
from service.store.tables import drift
from service.telemetry import metrics

# The catalogue's own measure: a picture of Flux dev, $0.025 at its provider, is sold for 50.
CREDITS_PER_DOLLAR = 2000


@dataclass(frozen=True, slots=True)
class Drift:
    """One model's drift: runs that reported their cost, and average credits a run, sold for and taken."""

    model_id: int
    runs: int
    estimated: float
    actual: float

    @property
    def ratio(self) -> float | None:
        """Above 1 where the provider takes more than the run is sold for; None where it is sold for nothing."""
        return self.actual / self.estimated if self.estimated else None


def record(db: Connection, run_id: str, order: Order, made: int, dollars: float | None) -> None:
    """Keep the price of a run's `made` items beside their cost in US dollars, where the provider told one."""
    if dollars is None or made < 1:
        return
    row = {"run_id": run_id, "model_id": order.model_id, "estimated": order.prices[made - 1], "created_at": now()}
    cost = dollars * CREDITS_PER_DOLLAR
    db.execute(insert(drift), row | {"actual": cost})
    afterwards(db, partial(_count, order, order.prices[made - 1], cost))


def _count(order: Order, sold: float, cost: float) -> None:
    for kind, credits in (("sold", sold), ("cost", cost)):
        metrics.drift_credits.labels(str(order.model_id), kind).inc(credits)


def by_model(db: Connection) -> list[Drift]:
    """Return the drift of every model that has any, the furthest above its price first."""
    columns = (drift.c.model_id, func.count(), func.avg(drift.c.estimated), func.avg(drift.c.actual))
    rows = db.execute(select(*columns).group_by(drift.c.model_id)).all()
    found = (Drift(*row) for row in rows)
    return sorted(found, key=lambda one: inf if one.ratio is None else one.ratio, reverse=True)
