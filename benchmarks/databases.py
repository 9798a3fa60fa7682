"""The databases that every benchmark runs on, as they keep what a 202 promises: each commit flushed to the disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support import postgres

# A million runs are filled in without checkpoints in between.
OPTIONS = ("max_wal_size=16GB", "checkpoint_timeout=1h", "shared_buffers=512MB")
# The URL of a new, empty database; "" where an installation makes its own file.
Fresh = Callable[[], str]


@contextmanager
def _sqlite() -> Iterator[Fresh]:
    yield str


@contextmanager
def _postgres() -> Iterator[Fresh]:
    with postgres.server(durable=True, options=OPTIONS) as url:
        yield lambda: postgres.empty(url)


DATABASES = {"sqlite": _sqlite, "postgres": _postgres}
