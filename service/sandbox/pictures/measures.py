"""Measures words in a face, before and at their size."""

from dataclasses import dataclass
from functools import lru_cache

from service.sandbox.pictures.fonts import Face, font
from service.sandbox.pictures.wording import Headline

PROBE = 200
"""The size in pixels at which words are measured before their size is known."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Widths of a headline's tokens and its vertical reach, per pixel of size."""

    widths: tuple[float, ...]
    space: float
    ascent: float
    descent: float


@lru_cache(256)
def ink(face: Face, size: int, text: str, rtl: bool) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the text's ink from the start of its baseline."""
    left, top, right, bottom = font(face, size).getbbox(text, anchor="ls", direction=direction(rtl))
    return float(left), float(top), float(right), float(bottom)


def direction(rtl: bool) -> str | None:
    """Return Pillow's arguments for a text from right to left; others need none."""
    return "rtl" if rtl else None


def measured(headline: Headline) -> Measures:
    """The headline's measures per pixel of size."""
    boxes = [ink(headline.face, PROBE, token.text, headline.rtl) for token in headline.tokens]
    cap = -ink(headline.face, PROBE, "H", False)[1]
    widths = tuple(
        font(headline.face, PROBE).getlength(token.text, direction=direction(headline.rtl)) / PROBE
        for token in headline.tokens
    )
    space = font(headline.face, PROBE).getlength(" ") / PROBE
    ascent = max(cap, *(-top for _, top, _, _ in boxes)) / PROBE
    descent = max(0.0, *(bottom for _, _, _, bottom in boxes)) / PROBE
    return Measures(widths, space, ascent, descent)
