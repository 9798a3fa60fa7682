"""One reader of `Retry-After` for providers, originals and receivers of callbacks."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from service.net import retry_after


def in_ten_minutes(zone: str) -> str:
    """An HTTP date with its zone written as `zone`."""
    return format_datetime(datetime.now(UTC) + timedelta(minutes=10)).replace(" +0000", zone)


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("120", 120, 120),
        (" 7 ", 7, 7),
        ("1.5", 1.5, 1.5),
        ("-5", 0, 0),
        ("9" * 400, None, None),
        ("nan", None, None),
        ("soon", None, None),
        ("", None, None),
        (None, None, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
    ],
    ids=lambda value: "" if isinstance(value, str) else None,
)
def test_it_is_seconds_or_a_date_in_utc(
    value: str | None, least: float | None, most: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    read = retry_after.seconds(value)
    if least is None or most is None:
        assert read is None
    else:
        assert read is not None
        assert least <= read <= most


@pytest.mark.parametrize("zone", [" GMT", " -0000", ""])
def test_a_date_to_come_is_the_seconds_until_then(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    read = retry_after.seconds(in_ten_minutes(zone))
    assert read is not None
    assert 1 <= read <= 600


def test_nothing_else_reads_the_header() -> None:
    from pathlib import Path

    service = Path(retry_after.__file__).parent.parent
    dates = [path for path in service.rglob("*.py") if "parsedate" in path.read_text()]
    readers = [path.name for path in dates if "retry-after" in path.read_text().lower()]
    assert readers == []
