"""Logs: an outage that is noticed many times a second is told once."""

from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from service import logs
from service.logs import Outage


def test_an_error_of_the_database_is_told_in_its_first_line() -> None:
    error = OperationalError("SELECT 1", {}, Exception("disk is full"))
    event = logs._one_line(None, "warning", {"event": "not written", "error": str(error)})
    assert event == {"event": "not written", "error": "(builtins.Exception) disk is full"}


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The seconds that the clock shows."""
    shown = [0.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: shown[0])
    return shown


def test_an_outage_is_told_once_then_every_minute_and_its_end(moment: list[float]) -> None:
    outage = Outage(structlog.get_logger("test"), "redis is gone", "redis is here")
    with capture_logs() as told:
        outage.over()
        for moment[0] in range(130):
            outage.lasts(error="refused")
        outage.over()
        outage.over()
        outage.lasts(error="refused")
    assert [(one["event"], one.get("for_s", one.get("away_s"))) for one in told] == [
        ("redis is gone", 0),
        ("redis is gone", 60),
        ("redis is gone", 120),
        ("redis is here", 129),
        ("redis is gone", 0),
    ]
