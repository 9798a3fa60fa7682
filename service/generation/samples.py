"""The seconds that the last generations took, kept in the process for a moment: every estimate rests on them."""

import time

from sqlalchemy import bindparam, select

from service.catalog.timing import MOST_SAMPLES
from service.store.database import Database
from service.store.statements import Statement
from service.store.tables import samples

# An estimate may lag behind so long.
KEPT_S = 1.0


class RecentSamples:
    """Reads the samples of a generator and model. One a process."""

    def __init__(self, database: Database) -> None:
        """Read from `database`, when it is asked."""
        self._database = database
        self._kept: dict[tuple[str, int], tuple[float, list[float]]] = {}

    def of(self, generator: str, model_id: int) -> list[float]:
        """Return the seconds per item of the last generations, the newest first."""
        moment, key = time.monotonic(), (generator, model_id)
        kept = self._kept.get(key)
        if kept is None or moment - kept[0] > KEPT_S:
            with self._database.read() as db:
                kept = moment, _LAST.column(db, slug=generator, model=model_id)
            self._kept[key] = kept
        return kept[1]


_LAST = Statement(
    "samples.last",
    select(samples.c.seconds)
    .where(samples.c.generator == bindparam("slug"), samples.c.model_id == bindparam("model"))
    .order_by(samples.c.id.desc())
    .limit(MOST_SAMPLES),
)
