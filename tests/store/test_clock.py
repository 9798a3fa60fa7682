"""Moments are written as each document writes them, and ids lie in the order of time."""

import time

from service.store import clock


def test_moments_are_written_as_the_documents_write_them() -> None:
    assert clock.iso(1_777_892_400_007) == "2026-05-04T11:00:00.007Z"
    assert clock.plain(1_777_892_400_999) == "2026-05-04 11:00:00"
    assert clock.iso(0) == "1970-01-01T00:00:00.000Z"
    assert clock.iso(None) is None


def test_moments_sort_as_they_are_written() -> None:
    moments = [0, 999, 1_000, 59_999, 60_000, 1_777_892_399_999, 1_777_892_400_000]
    assert sorted(map(str, map(clock.iso, moments))) == list(map(clock.iso, moments))


def test_now_is_unix_milliseconds_in_utc() -> None:
    before, now, after = time.time_ns(), clock.now(), time.time_ns()
    assert before // 1_000_000 <= now <= after // 1_000_000


def test_ids_are_unique_and_lie_in_the_order_in_which_they_were_made() -> None:
    uuids, ids = [clock.new_uuid() for _ in range(1000)], [clock.new_id("run") for _ in range(1000)]
    assert uuids == sorted(set(uuids))
    assert ids == sorted(set(ids))
    assert {len(one) for one in uuids} == {36}
    assert {(one[:4], len(one)) for one in ids} == {("run_", 36)}
