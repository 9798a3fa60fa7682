"""A soft bed of chords under a clip, second by second: four slow chords of sines with a few overtones."""

from collections.abc import Iterator
from random import Random

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
CHORD_S = 4.0
FADE_S = 1.2
PROGRESSIONS = (
    ((0, 4, 7, 14), (9, 12, 16, 19), (5, 9, 12, 16), (7, 11, 14, 17)),
    ((0, 3, 7, 10), (8, 12, 15, 19), (3, 7, 10, 14), (10, 14, 17, 20)),
    ((0, 4, 7, 11), (4, 7, 11, 14), (5, 9, 12, 16), (5, 8, 12, 14)),
)
"""Semitones above the key note."""

OVERTONES = ((1.0, 1.0), (2.003, 0.22), (3.0, 0.08), (0.5, 0.35))
"""Frequency and loudness of what one voice is made of."""


def bed(seconds: float, seed: int) -> Iterator[NDArray[np.float32]]:
    """Stereo blocks of at most a second, 2 x samples at 48 kHz between -1 and 1, `seconds` in all."""
    rng = Random(seed)
    key = 110.0 * 2 ** (rng.randrange(-4, 6) / 12)
    chords = PROGRESSIONS[rng.randrange(len(PROGRESSIONS))]
    total = round(seconds * RATE)
    for start in range(0, total, RATE):
        time = np.arange(start, min(start + RATE, total), dtype=np.float64) / RATE
        sound = sum(_chord(time, number, chords, key) for number in range(_last(time) + 1) if number >= _last(time) - 2)
        ends = np.clip(time / FADE_S, 0, 1) * np.clip((seconds - time) / FADE_S, 0, 1)
        yield (np.asarray(sound) * ends * 0.09).astype(np.float32)


def _last(time: NDArray[np.float64]) -> int:
    return int((time[-1] + FADE_S) // CHORD_S)


def _chord(
    time: NDArray[np.float64], number: int, chords: tuple[tuple[int, ...], ...], key: float
) -> NDArray[np.float64]:
    since = time - number * CHORD_S
    loud = np.clip((since + FADE_S / 2) / FADE_S, 0, 1) * np.clip((CHORD_S + FADE_S / 2 - since) / FADE_S, 0, 1)
    left, right = np.zeros_like(time), np.zeros_like(time)
    for voice, semitones in enumerate(chords[number % len(chords)]):
        pitch = key * 2 ** (semitones / 12)
        tone = sum(level * np.sin(2 * np.pi * pitch * ratio * time) for ratio, level in OVERTONES)
        tone = tone * (1 + 0.15 * np.sin(2 * np.pi * 0.21 * time + voice))
        share = (voice + 1) / 5
        left += tone * (1 - share)
        right += tone * share
    return np.stack([left, right]) * loud
