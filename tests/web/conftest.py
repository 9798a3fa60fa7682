"""Fixtures of the web tests."""

import io
from collections.abc import Callable

import pytest
from PIL import Image


@pytest.fixture
def picture() -> Callable[[], bytes]:
    """Makes a small PNG."""

    def make() -> bytes:
        held = io.BytesIO()
        Image.new("RGB", (64, 48), (200, 30, 30)).save(held, "PNG")
        return held.getvalue()

    return make
