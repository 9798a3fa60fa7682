"""Instruments: what one note sounds like, made from the row of instruments.json that describes its body.

Struck and plucked bodies are modes that die away; bowed, blown and electronic ones are cycles that go on.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from service.sandbox.sound.room import pan
from service.sandbox.sound.signals import (
    RATE,
    Signal,
    band,
    bands,
    count,
    cycle,
    decay,
    noise,
    read,
    sine,
    single,
    times,
)

KEPT = 128  # notes kept for when they are played again
MOST_HARMONICS = 200
GONE = 9  # half-lives after which a mode is not heard any more


@lru_cache(maxsize=1)
def _known() -> dict[str, dict[str, Any]]:
    return dict(json.loads(Path(__file__).with_name("instruments.json").read_text("utf-8")))


@lru_cache(maxsize=KEPT)
def played(name: str, pitch: int, seconds: float, loud: float) -> Signal:
    """One note in stereo: a MIDI number held for so many seconds, `loud` from 0 to 1; it rings a little longer."""
    row = _known()[name]
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    length = count(seconds + 3 * row["release"])
    rng = np.random.default_rng((pitch, round(loud * 10)))
    body = _struck(row, hertz, length, loud, rng) if "voices" not in row else _sustained(row, hertz, length, rng)
    t = times(length)
    held = np.exp(-np.maximum(t - np.float32(seconds), 0) / np.float32(row["release"]))
    if "attack" in row:
        held *= np.minimum(t / np.float32(row["attack"]), 1.0) ** np.float32(0.7)
    if "fall" in row:
        held *= 0.35 + 0.65 * np.exp(-t / np.float32(row["fall"]))
    end = min(count(0.03), length)
    held[-end:] *= np.linspace(1, 0, end, dtype=np.float32)
    return single(body * held * np.float32(0.3 * row["gain"]))


def _struck(row: dict[str, Any], hertz: float, length: int, loud: float, rng: np.random.Generator) -> Signal:
    """Modes, the higher ones weaker and sooner gone; harder blows are brighter."""
    out = np.zeros(length, np.float32)
    for ratio, amplitude, half in row.get("modes") or _string(row):
        if hertz * ratio > 16_000:
            break
        lasts = half * (262 / hertz) ** 0.45
        size = min(length, count(lasts * GONE))
        shine = amplitude * loud ** (0.35 * (ratio - 1) ** 0.5)
        out[:size] += np.float32(shine) * sine(hertz * ratio, size) * decay(size, lasts)
    if row.get("knock"):
        size = min(length, count(0.04))
        out[:size] += row["knock"] * band(noise(rng, size), 200, 5000) * decay(size, 0.006, 0.0001)
    if not row.get("tremolo"):
        return pan(out, float(np.clip((np.log2(hertz / 262)) * 0.2, -0.4, 0.4)))
    swing = row["tremolo"] * sine(4.6, length)
    return np.stack((out * (1 - swing), out * (1 + swing))) * np.float32(0.7)


def _string(row: dict[str, Any]) -> list[tuple[float, float, float]]:
    """A string's modes: stiffness stretches them, and where it is plucked some are missing."""
    modes = []
    for number in range(1, row["partials"] + 1):
        missing = abs(np.sin(np.pi * number * row["pick"])) + 0.1 if "pick" in row else 1.0
        ratio = number * (1 + row["stretch"] * number**2) ** 0.5
        modes.append((ratio, missing / number ** row["slope"], row["half"] / (1 + row["dull"] * (number - 1))))
    return modes


def _sustained(row: dict[str, Any], hertz: float, length: int, rng: np.random.Generator) -> Signal:
    """Voices a little apart from each other, spread over both sides, with a vibrato that comes late."""
    t, voices = times(length), row["voices"]
    depth = row["vibrato"] * np.minimum(t / np.float32(0.5), 1.0)
    run = np.cumsum(1 + depth * sine(5.2, length, rng.random()), dtype=np.float64) * (hertz / RATE)
    amplitudes = row.get("harmonics") or [number ** -row["rolloff"] for number in range(1, MOST_HARMONICS)]
    table = cycle(amplitudes[: int(max(1, row.get("top", 12_000) // hertz))])
    sides = np.zeros((2, length), np.float32)
    for number in range(voices):
        apart = 1 + row["detune"] * (number - (voices - 1) / 2) * 2 / max(voices - 1, 1)
        place = 0.0 if voices == 1 else (number / (voices - 1) * 2 - 1) * 0.6
        sides += pan(read(table, run * apart + rng.random()), place) / np.float32(voices**0.6)
    if "formants" in row:
        sides = bands(sides, [(1.6 * gain, place * 0.82, place * 1.2) for place, gain in row["formants"]])
    if "drive" in row:
        sides = band(np.tanh(sides * np.float32(row["drive"])), 80, 4200, 3)
    if "breath" in row:
        sides = single(sides + row["breath"] * band(noise(rng, length), 900, 7000))
    return sides
