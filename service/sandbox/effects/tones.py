"""Tonal effects: bells, interfaces, weapons of the future, magic."""

import numpy as np

from service.sandbox.effects.parts import Rng, beats, scattered, struck
from service.sandbox.effects.shade import Shade
from service.sandbox.sound.room import in_room, mixed, pan, saturated, wide
from service.sandbox.sound.signals import (
    RATE,
    Signal,
    band,
    count,
    cycle,
    decay,
    glide,
    hump,
    noise,
    saw,
    sine,
    swept,
    wave,
)

SQUARE = tuple(1 / number if number % 2 else 0.0 for number in range(1, 16))
BELL = (
    (0.5, 0.4, 1.0),
    (1.0, 1.0, 0.7),
    (1.19, 0.45, 0.5),
    (1.5, 0.3, 0.45),
    (2.0, 0.5, 0.35),
    (2.74, 0.25, 0.2),
    (3.76, 0.15, 0.12),
)


def ding(rng: Rng, length: int, shade: Shade) -> Signal:
    """A small bright bell, once."""
    pitch = 1318.5 * shade.pitch
    modes = [(pitch, 1.0, 0.35), (pitch * 2.0, 0.35, 0.22), (pitch * 2.76, 0.3, 0.12), (pitch * 5.4, 0.12, 0.05)]
    return in_room(wide(struck(length, modes), 0.0008), 1.4, 0.2, 9000)


def bell(rng: Rng, length: int, shade: Shade) -> Signal:
    """A great bell, struck again and again."""
    out = np.zeros((2, length), np.float32)
    for at in beats(length, 2.6 / shade.pace):
        pitch = 220 * shade.pitch
        modes = [(pitch * ratio, amplitude, 1.3 * half) for ratio, amplitude, half in BELL]
        mixed(out, wide(struck(length - at, modes), 0.003), at)
    return in_room(out, 2.4, 0.3, 6000)


def chime(rng: Rng, length: int, shade: Shade) -> Signal:
    """Wind chimes: a few notes of a pentatonic scale, as the air will have it."""

    def tube() -> Signal:
        pitch = float(rng.choice((1046.5, 1174.7, 1318.5, 1568.0, 1760.0, 2093.0))) * shade.pitch
        return struck(count(2.2), [(pitch, 1.0, 0.45), (pitch * 2.76, 0.4, 0.2), (pitch * 5.4, 0.15, 0.08)])

    return in_room(scattered(rng, length, 3.2 * shade.pace, tube, 0.8), 1.8, 0.25, 9000)


def notes(pitches: tuple[float, ...], every: float, half: float, length: int, shade: Shade) -> Signal:
    """Bell tones one after the other: what interfaces say."""
    out = np.zeros(length, np.float32)
    for number, pitch in enumerate(pitches):
        at, tone = count(number * every / shade.pace) if number else 0, pitch * shade.pitch
        if at < length:
            mixed(
                out,
                struck(length - at, [(tone, 1.0, half), (tone * 2, 0.3, half / 2), (tone * 4.2, 0.1, half / 5)]),
                at,
            )
    return in_room(wide(out, 0.001), 0.9, 0.18, 9000)


def success(rng: Rng, length: int, shade: Shade) -> Signal:
    """Done, and well done: a major chord upwards."""
    return notes((659.3, 830.6, 987.8, 1318.5), 0.09, 0.16, length, shade)


def failure(rng: Rng, length: int, shade: Shade) -> Signal:
    """No: two low buzzes."""
    out = np.zeros((2, length), np.float32)
    for number in range(2):
        size = count(0.2)
        tone = wave(cycle(SQUARE), (196, 155.6)[number] * shade.pitch, size) * hump(size, 0.15, 0.5)
        mixed(out, wide(band(tone, 100, 3500), 0.001), count(number * 0.23) if number else 0)
    return in_room(out, 0.4, 0.1)


def notification(rng: Rng, length: int, shade: Shade) -> Signal:
    """Two friendly notes."""
    return notes((880.0, 1174.7), 0.12, 0.14, length, shade)


def coin(rng: Rng, length: int, shade: Shade) -> Signal:
    """An old game's reward."""
    first = count(0.075)
    tone = wave(
        cycle(SQUARE),
        np.where(np.arange(length) < first, 987.8, 1318.5).astype(np.float32) * np.float32(shade.pitch),
        length,
    )
    return wide(band(tone * decay(length, 0.16), 200, 9000), 0.0008)


def beep(rng: Rng, length: int, shade: Shade) -> Signal:
    """A plain tone, on and off."""
    out = np.zeros(length, np.float32)
    for at in beats(length, 0.8 / shade.pace):
        size = min(count(0.18), length - at)
        mixed(out, (sine(1000 * shade.pitch, size) + 0.15 * sine(3000 * shade.pitch, size)) * hump(size, 0.5, 0.25), at)
    return wide(out, 0.0006)


def alarm(rng: Rng, length: int, shade: Shade) -> Signal:
    """Four quick beeps, a breath, four again."""
    out = np.zeros(length, np.float32)
    for at in beats(length, 1.0 / shade.pace):
        for number in range(4):
            size = count(0.08)
            tone = wave(cycle(SQUARE), 1960 * shade.pitch, size) * hump(size, 0.5, 0.3)
            mixed(out, tone, at + count(number * 0.14 / shade.pace))
    return in_room(wide(band(out, 300, 9000), 0.001), 0.5, 0.1)


def phone(rng: Rng, length: int, shade: Shade) -> Signal:
    """A telephone with a bell in it."""
    out = np.zeros(length, np.float32)
    for at in beats(length, 3.0 / shade.pace):
        size = min(count(1.5), length - at)
        strokes = 0.35 + 0.65 * np.maximum(sine(22, size), 0)
        tone = (
            sine(1480 * shade.pitch, size) + 0.8 * sine(1865 * shade.pitch, size) + 0.3 * sine(4200 * shade.pitch, size)
        )
        mixed(out, tone * strokes * hump(size, 0.5, 0.15), at)
    return in_room(wide(out, 0.001), 0.6, 0.15)


def siren(rng: Rng, length: int, shade: Shade) -> Signal:
    """Up and down through the streets."""
    pitch = (860 + 420 * sine(0.28 * shade.pace, length, 0.75)) * np.float32(shade.pitch)
    tone = saw(pitch, length, 1.0, 6500) + 0.4 * sine(pitch * 2, length)
    return in_room(wide(band(tone, 350, 5000), 0.004), 1.4, 0.3, 4000)


def laser(rng: Rng, length: int, shade: Shade) -> Signal:
    """Pew: a tone that falls through four octaves."""
    fall = glide(3600 * shade.pitch, 160 * shade.pitch, length, 0.55)
    tone = 0.7 * saw(fall, length, 0.9, 14_000) + 0.6 * sine(fall * 1.5, length)
    return in_room(wide(saturated(tone * decay(length, max(0.05, length / RATE / 5)), 1.3), 0.002), 0.6, 0.2)


def zap(rng: Rng, length: int, shade: Shade) -> Signal:
    """Electricity: a buzz that tears, with sparks."""

    def spark() -> Signal:
        size = count(rng.uniform(0.002, 0.015))
        return band(noise(rng, size), 1500, 14_000) * decay(size, 0.003)

    gate = (rng.random(length // 900 + 1) > 0.35).astype(np.float32).repeat(900)[:length]
    buzz = saw(100 * shade.pitch, length, 0.4, 9000) * gate
    return wide(band(buzz, 400, 9000) * 0.5, 0.001) + scattered(rng, length, 60 * shade.force, spark, 0.6)


def glitch(rng: Rng, length: int, shade: Shade) -> Signal:
    """A signal falls to pieces: stutters, crushed tones, holes."""
    out, at = np.zeros((2, length), np.float32), 0
    while at < length:
        size, times = count(rng.uniform(0.012, 0.07) / shade.pace), int(rng.integers(1, 6))
        kind = rng.random()
        pitch = float(rng.choice((110, 220, 440, 880, 1760, 3520))) * shade.pitch
        grain = noise(rng, size) * 0.5 if kind < 0.3 else wave(cycle(SQUARE), pitch, size)
        grain = np.round(grain * 4) / 4 if kind > 0.5 else grain
        for _ in range(times):
            mixed(out, pan(grain.astype(np.float32) * hump(size, 0.5, 0.1), float(rng.uniform(-0.9, 0.9))), at, 0.7)
            at += size
        at += count(rng.choice((0.01, 0.04, 0.11)))
    return band(out, 80, 12_000)


def magic(rng: Rng, length: int, shade: Shade) -> Signal:
    """Sparkle: a shower of little bells upwards on a breath of air."""
    scale = (1046.5, 1174.7, 1318.5, 1568.0, 1760.0)
    out = np.zeros((2, length), np.float32)
    steps = max(8, int(length / RATE * 18 * shade.pace))
    for step in range(steps):
        octave, place = divmod(int(step / steps * 12 + rng.integers(0, 3)), 5)
        pitch = scale[place] * 2 ** min(octave, 2) * shade.pitch
        at = int(length * 0.75 * step / steps + rng.integers(0, 1200))
        tone = struck(count(0.8), [(pitch, 1.0, 0.12), (pitch * 2.01, 0.4, 0.06)])
        mixed(out, pan(tone, float(rng.uniform(-0.9, 0.9))), at, float(rng.uniform(0.3, 1.0)))
    air = swept(rng, glide(1500, 9000, length), 0.7) * hump(length, 0.6, 2)
    return in_room(out + 0.15 * wide(air), 2.0, 0.4, 9000)


def powerup(rng: Rng, length: int, shade: Shade) -> Signal:
    """Energy: a scale that climbs as fast as it can."""
    steps = np.arange(length) * 14 // length
    ladder = np.array((0, 4, 7, 12, 4, 7, 12, 16, 7, 12, 16, 19, 24, 24))[steps]
    pitch = (330 * shade.pitch * 2 ** (ladder / 12)).astype(np.float32)
    return in_room(wide(band(wave(cycle(SQUARE), pitch, length), 200, 8000) * hump(length, 0.7, 0.4), 0.002), 0.8, 0.2)
