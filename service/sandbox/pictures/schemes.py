"""Colours that scenes choose from by chance: whole schemes, and shades of one thing. The data is `schemes.json`."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.sandbox.pictures.color import Rgb, rgb


@lru_cache(32)
def schemes(name: str) -> tuple[tuple[Rgb, ...], ...]:
    """Colours that belong together, darkest or farthest first, one scheme a row."""
    return tuple(tuple(rgb(code) for code in row) for row in _data()["schemes"][name])


@lru_cache(32)
def shades(name: str) -> tuple[Rgb, ...]:
    """The colours that one kind of thing comes in."""
    return tuple(rgb(code) for code in _data()["shades"][name])


@lru_cache(1)
def _data() -> Any:
    return json.loads(Path(__file__).with_name("schemes.json").read_text("utf-8"))
