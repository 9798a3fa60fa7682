"""Tests run in parallel as they are: each once, and those of a group in one process."""

import os

import pytest


def test_every_test_has_an_id_of_its_own(request: pytest.FixtureRequest) -> None:
    ids = [item.nodeid for item in request.session.items]
    assert len(set(ids)) == len(ids), "in parallel only one test of an id runs"


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="groups matter in parallel alone")
def test_every_test_of_a_group_says_so_to_the_scheduler(request: pytest.FixtureRequest) -> None:
    grouped = [item for item in request.session.items if item.get_closest_marker("xdist_group")]
    assert [item.nodeid for item in grouped if "@" not in item.nodeid] == []
