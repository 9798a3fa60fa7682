"""Adjectives that shade the sound of any family."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shade:
    """Factors of the usual: `pitch` over 1 is higher and smaller, `pace` over 1 quicker, `force` over 1 harder."""

    pitch: float = 1.0
    pace: float = 1.0
    force: float = 1.0
