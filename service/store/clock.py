"""Time and ids: Unix milliseconds inside, the documents' formats outside."""

import time
from datetime import UTC, datetime

import uuid_utils


def now() -> int:
    """The wall clock, in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def iso(moment: int | None) -> str | None:
    """`2026-05-04T11:00:00.000Z`, as Flokan, Flixly and `/v1` write a moment."""
    if moment is None:
        return None
    return f"{datetime.fromtimestamp(moment // 1000, UTC).isoformat()[:19]}.{moment % 1000:03d}Z"


def plain(moment: int) -> str:
    """`2026-02-20 12:00:00` (UTC), as Generor writes a moment."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def new_uuid() -> str:
    """A time-ordered UUID (version 7), with hyphens."""
    return str(uuid_utils.uuid7())


def new_id(prefix: str) -> str:
    """A time-ordered public id: `new_id("run")` is `run_` and 32 hex digits."""
    return f"{prefix}_{uuid_utils.uuid7().hex}"
