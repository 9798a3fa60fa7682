"""A run's status in an API's words."""

from typing import Any

import orjson

from service.definitions import Api

TIMED_OUT = "timed_out"


def status_of(api: Api, status: str, error: dict[str, Any] | None) -> str:
    """Name a run's `status` in `api`'s words; one that outlived its limit failed with the code `timed_out`."""
    timed_out = status == "failed" and error is not None and error["code"] == TIMED_OUT
    return api.status[TIMED_OUT if timed_out else status]


def stored_error(text: str | None) -> dict[str, Any] | None:
    """A run's `error` as it is stored."""
    return None if text is None else dict(orjson.loads(text))
