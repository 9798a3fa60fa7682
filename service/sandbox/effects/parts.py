"""Building blocks of many effects: struck bodies, bursts of air, grains, and things that happen now and then."""

from collections.abc import Callable, Sequence

import numpy as np

from service.sandbox.sound.room import mixed, pan
from service.sandbox.sound.signals import RATE, Signal, band, count, decay, noise, sine, single

Rng = np.random.Generator


def struck(length: int, modes: Sequence[tuple[float, float, float]]) -> Signal:
    """A body that rings: (hertz, amplitude, seconds in which it halves) for each of its modes."""
    out = np.zeros(length, np.float32)
    for pitch, amplitude, half in modes:
        if pitch < 18_000:
            lasts = min(length, count(half * 14))
            out[:lasts] += np.float32(amplitude) * sine(pitch, lasts) * decay(lasts, half)
    return out


def burst(rng: Rng, length: int, half: float, low: float, high: float, attack: float = 0.001) -> Signal:
    """A puff of noise between two frequencies."""
    return band(noise(rng, length), low, high) * decay(length, half, attack)


def scattered(
    rng: Rng, length: int, rate: float, grain: Callable[[], Signal], spread: float = 1.0, edge: float = 0.0
) -> Signal:
    """Grains at chance moments from `edge` seconds on, `rate` a second, in stereo, most of them quiet."""
    out = np.zeros((2, length), np.float32)
    kinds = [grain() for _ in range(24)]
    first = int(edge * RATE)
    for number in range(max(1, int(rng.poisson(rate * length / RATE)))):
        at = int(rng.integers(first, max(length, first + 1))) if number else first
        sound = kinds[int(rng.integers(len(kinds)))]
        mixed(out, pan(sound, float(rng.uniform(-spread, spread))), at, float(rng.random() ** 2 + 0.08))
    return out


def beats(length: int, every: float, start: float = 0.0) -> range:
    """The samples at which something happens at a steady pace."""
    return range(count(start) if start else 0, length, count(every))


def wobbled(signal: Signal, gain: Signal) -> Signal:
    """The signal with a level that moves."""
    return single(signal * gain)


def both(make: Callable[[], Signal]) -> Signal:
    """The same kind of sound made twice, for a left and a right that are alike and not the same."""
    return np.stack((make(), make()))
