"""Work over many rows in transactions of their own, each short, so that nobody waits long for the database's writer."""

import threading
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from service.store.database import Database

# What one batch may take: it grows below half of that, and shrinks above.
BATCH_S = 0.02
SIZES = (4, 512)


def in_batches(
    database: Database, work: Callable[[Connection, int], int], stopping: threading.Event | None = None
) -> int:
    """Call `work(db, most)` until it does fewer than `most` rows, or `stopping` is set; how many it did in all.

    Between two batches others may write for as long as this did.
    """
    total, size = 0, SIZES[0]
    while not (stopping and stopping.is_set()):
        began = time.monotonic()
        done = database.write(partial(_counted, work=work, most=size))
        took = time.monotonic() - began
        total += done
        if done < size:
            break
        size = sized(size, took)
        time.sleep(took)
    return total


def sized(size: int, took: float) -> int:
    """Return how large the batch after one of `size` that took so many seconds is."""
    if took < BATCH_S / 2:
        return min(SIZES[1], size * 2)
    return max(SIZES[0], int(size * BATCH_S / took)) if took > BATCH_S else size


def _counted(db: Connection, work: Callable[[Connection, int], int], most: int) -> int:
    return work(db, most)
