"""The seconds that the last generations took, on which every estimate rests."""

import time

from sqlalchemy import bindparam, select

from service.catalog.timing import MOST_SAMPLES
from service.store.database import Database
from service.store.statements import Statement
from service.store.tables import samples

# What an accept says of the time may lag behind so long.
KEPT_S = 1.0


class RecentSamples:
    """Reads the samples of a generator and model. One a process."""

    def __init__(self, database: Database) -> None:
        """Read from `database`, when it is asked."""
        self._database = database
        self._kept: dict[tuple[str, int], tuple[float, list[float]]] = {}

    def recent(self, generator: str, model_id: int) -> list[float]:
        """Return what `latest` returned within the last second, or does now."""
        kept = self._kept.get((generator, model_id))
        if kept is None or time.monotonic() - kept[0] > KEPT_S:
            return self.latest(generator, model_id)
        return kept[1]

    def latest(self, generator: str, model_id: int) -> list[float]:
        """Return the seconds per item of the last generations, the newest first."""
        moment = time.monotonic()
        with self._database.read() as db:
            seconds = _LAST.column(db, slug=generator, model=model_id)
        self._kept[generator, model_id] = moment, seconds
        return seconds


_LAST = Statement(
    "samples.last",
    select(samples.c.seconds)
    .where(samples.c.generator == bindparam("slug"), samples.c.model_id == bindparam("model"))
    .order_by(samples.c.id.desc())
    .limit(MOST_SAMPLES),
)
