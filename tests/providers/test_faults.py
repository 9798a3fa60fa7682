"""A provider's Retry-After is read in every form that RFC 9110 has, and what is no such thing is let go."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from service.providers.faults import retry_after


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("-3", 0.0)])
def test_seconds_are_read_and_never_negative(header: str, seconds: float) -> None:
    assert retry_after(header) == seconds


@pytest.mark.parametrize("header", [None, "", "soon", "inf", "nan", "1e400", "Sat, 99 Foo 2026 12:00:00 GMT"])
def test_what_is_no_time_is_none(header: str | None) -> None:
    assert retry_after(header) is None


@pytest.mark.parametrize("zone", ["GMT", "+0000", "-0000"])
def test_a_date_is_the_seconds_until_then(zone: str) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True).replace("GMT", zone)

    assert 3_000 < (retry_after(soon) or 0) <= 3_600
    assert retry_after("Sat, 01 Jan 2000 12:00:00 " + zone) == 0
