"""Fixtures of the tests of the way out."""

import pytest

from tests.net.resolver import Names


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """A resolver that answers as it is told."""
    return Names(monkeypatch)
