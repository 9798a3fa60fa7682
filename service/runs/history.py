"""The events of a run so far, worked out from its state: whoever asks late hears of them from the first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.runs.events import TYPE_OF

# Numbers in the order of a run's life; progress counts up between its start and its end.
QUEUED, STARTED, PROGRESS, ENDED = 1, 2, 1000, 9999
_NOT_YET: Mapping[str, Any] = {
    "started_at": None,
    "finished_at": None,
    "progress": 0.0,
    "output": None,
    "error": None,
    "credits_charged": 0,
}


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One event of a run: its place in the run's life, its type, and the run as it was then."""

    number: int
    type: str
    run: Mapping[str, Any]

    @property
    def is_last(self) -> bool:
        """True for the run's end."""
        return self.number == ENDED


def history(run: Mapping[str, Any]) -> Iterator[RunEvent]:
    """Tell a run, as callers see it, by its events from the first; of its progress only the latest."""
    queued = {**run, **_NOT_YET, "status": "queued"}
    yield RunEvent(QUEUED, "run.queued", queued)
    if run["started_at"] is not None:
        yield RunEvent(STARTED, "run.started", {**queued, "status": "running", "started_at": run["started_at"]})
    if run["status"] == "running" and run["progress"] > 0:
        yield RunEvent(PROGRESS + int(run["progress"] * 1000), "run.progress", run)
    if run["finished_at"] is not None:
        yield RunEvent(ENDED, TYPE_OF[run["status"]], run)
