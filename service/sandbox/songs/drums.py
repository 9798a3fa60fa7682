"""Drums: one stroke of each."""

from functools import lru_cache

import numpy as np

from service.sandbox.effects.parts import burst, struck
from service.sandbox.sound.room import pan, saturated
from service.sandbox.sound.signals import Signal, band, count, decay, glide, noise, sine, single


@lru_cache(maxsize=32)
def stroke(drum: str, variant: int) -> Signal:
    """One stroke in stereo; the variants of a drum differ as a player's strokes do."""
    rng = np.random.default_rng((variant, len(drum), ord(drum[0])))
    return pan(_MADE[drum](rng), _PLACES.get(drum, 0.0))


def _kick(rng: np.random.Generator) -> Signal:
    size = count(0.42)
    body = sine(glide(150, 46, size, 0.18), size) * decay(size, 0.075, 0.001)
    return saturated(1.2 * body + 0.2 * burst(rng, size, 0.004, 800, 6000), 1.2)


def _snare(rng: np.random.Generator) -> Signal:
    size = count(0.35)
    skin = struck(size, [(186, 0.5, 0.035), (331, 0.3, 0.025)])
    return single(skin + 0.28 * burst(rng, size, 0.055, 900, 9500) + 0.2 * burst(rng, size, 0.01, 2000, 12_000))


def _clap(rng: np.random.Generator) -> Signal:
    size = count(0.35)
    out = 0.3 * burst(rng, size, 0.045, 700, 6500)
    for late in (0.0, 0.011, 0.022):
        at, hand = count(late) if late else 0, burst(rng, count(0.05), 0.004, 900, 7000)
        out[at : at + hand.size] += 0.3 * hand
    return out


def _hat(rng: np.random.Generator, half: float = 0.018, gain: float = 0.2) -> Signal:
    return gain * burst(rng, count(half * 12), half, 6800, 15_000)


def _ride(rng: np.random.Generator) -> Signal:
    size = count(1.0)
    ping = struck(size, [(3160, 0.08, 0.12), (4470, 0.07, 0.1), (5830, 0.06, 0.14), (7400, 0.05, 0.1)])
    return ping + 0.07 * burst(rng, size, 0.16, 5000, 14_000)


def _crash(rng: np.random.Generator) -> Signal:
    size = count(2.4)
    return 0.22 * burst(rng, size, 0.32, 2800, 15_000, 0.003) + 0.05 * burst(rng, size, 0.5, 700, 4000, 0.01)


def _rim(rng: np.random.Generator) -> Signal:
    size = count(0.15)
    return struck(size, [(820, 0.35, 0.012), (1710, 0.3, 0.01)]) + 0.1 * burst(rng, size, 0.004, 1500, 9000)


def _shaker(rng: np.random.Generator) -> Signal:
    return 0.13 * burst(rng, count(0.14), 0.022, 4500, 12_000, 0.018)


def _brush(rng: np.random.Generator) -> Signal:
    return 0.16 * burst(rng, count(0.25), 0.04, 1400, 9000, 0.012)


def _tom(rng: np.random.Generator) -> Signal:
    size = count(0.5)
    return 0.8 * sine(glide(150, 88, size, 0.3), size) * decay(size, 0.08) + 0.1 * burst(rng, size, 0.01, 400, 4000)


def _taiko(rng: np.random.Generator) -> Signal:
    size = count(1.4)
    skin = sine(glide(98, 56, size, 0.25), size) * decay(size, 0.16, 0.001)
    shell = struck(size, [(131, 0.35, 0.1), (212, 0.2, 0.06)])
    return saturated(1.3 * skin + shell + 0.3 * burst(rng, size, 0.02, 120, 2500), 1.2)


def crackle(rng: np.random.Generator, length: int) -> Signal:
    """A worn record, for as long as it turns: hiss and now and then a tick, in stereo."""
    ticks = np.zeros(length, np.float32)
    at = rng.integers(0, length, max(1, length // 5000))
    ticks[at] = rng.normal(0, 0.35, at.size)
    hiss = 0.0035 * band(noise(rng, length, -0.3), 400, 8000)
    return pan(band(ticks, 600, 7000) + hiss, 0.0)


_MADE = {
    "kick": _kick,
    "snare": _snare,
    "clap": _clap,
    "hat": _hat,
    "pedal": lambda rng: _hat(rng, 0.012, 0.16),
    "open": lambda rng: _hat(rng, 0.075, 0.17),
    "ride": _ride,
    "crash": _crash,
    "rim": _rim,
    "shaker": _shaker,
    "brush": _brush,
    "tom": _tom,
    "taiko": _taiko,
}
_PLACES = {
    "hat": 0.3,
    "open": 0.3,
    "pedal": 0.25,
    "ride": -0.35,
    "crash": -0.25,
    "shaker": -0.4,
    "tom": 0.25,
    "rim": 0.1,
}
