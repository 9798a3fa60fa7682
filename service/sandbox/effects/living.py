"""Sounds of living things: people, beasts, birds and insects."""

import numpy as np

from service.sandbox.effects.parts import Rng, beats, burst, scattered
from service.sandbox.effects.shade import Shade
from service.sandbox.sound.room import in_room, mixed, pan, saturated, wide
from service.sandbox.sound.signals import (
    RATE,
    Signal,
    band,
    bands,
    count,
    decay,
    glide,
    hump,
    noise,
    saw,
    sine,
    single,
    wander,
)


def _voiced(pitch: Signal, formants: tuple[tuple[float, float], ...]) -> Signal:
    """A throat: a buzz through the resonances of a mouth, given as (hertz, gain)."""
    buzz = saw(pitch, pitch.size, 1.0, 6000)
    return bands(buzz, [(gain, place * 0.85, place * 1.18) for place, gain in formants], 3)


def bird(rng: Rng, length: int, shade: Shade) -> Signal:
    """Song: short phrases of chirps that bend, from a few birds."""
    out, at = np.zeros((2, length), np.float32), 0.05
    while at < length / RATE:
        base, place = rng.uniform(2300, 4600) * shade.pitch, float(rng.uniform(-0.8, 0.8))
        bend, size = rng.uniform(0.6, 1.7), count(rng.uniform(0.05, 0.14))
        for _ in range(int(rng.integers(2, 7))):
            pitch = glide(base, base * bend, size) * (1 + np.float32(0.03) * sine(35, size))
            mixed(out, pan(sine(pitch, size) * hump(size, 0.4, 1.5), place), count(at), float(rng.uniform(0.5, 1.0)))
            at += size / RATE + rng.uniform(0.03, 0.09)
        at += rng.uniform(0.25, 0.9) / shade.pace
    return in_room(out, 1.2, 0.2, 8000)


def crickets(rng: Rng, length: int, shade: Shade) -> Signal:
    """A night of crickets."""
    out = np.zeros((2, length), np.float32)
    for _ in range(5):
        pitch, every = rng.uniform(4000, 5000) * shade.pitch, rng.uniform(0.45, 0.75) / shade.pace
        size = count(0.2)
        trill = sine(pitch, size) * np.maximum(sine(rng.uniform(40, 55), size), 0) * hump(size, 0.5, 0.6)
        place, gain = float(rng.uniform(-1, 1)), float(rng.uniform(0.3, 1))
        for at in beats(length, every, rng.uniform(0, 0.5)):
            mixed(out, pan(trill, place), at, gain)
    return out + 0.02 * wide(band(noise(rng, length, -0.4), 200, 6000))


def insect(rng: Rng, length: int, shade: Shade) -> Signal:
    """A fly or bee that comes near and leaves."""
    near = wander(rng, length, 0.8, 0.85)
    pitch = single(205 * shade.pitch * (0.9 + 0.2 * wander(rng, length, 5)))
    buzz = saw(pitch, length, 0.8, 7000) * near
    side = wander(rng, length, 0.7) * np.float32(np.pi / 2)
    return np.stack((buzz * np.cos(side), buzz * np.sin(side)))


def heartbeat(rng: Rng, length: int, shade: Shade) -> Signal:
    """Lub-dub."""
    out = np.zeros((2, length), np.float32)
    for at in beats(length, 0.86 / shade.pace):
        for shift, pitch, gain in ((0.0, 58, 1.0), (0.27, 72, 0.7)):
            size = count(0.28)
            body = sine(glide(pitch * 1.5 * shade.pitch, pitch * 0.7 * shade.pitch, size, 0.5), size) * decay(
                size, 0.05, 0.012
            )
            thud = body + 0.5 * band(body**3, 90, 500) + 0.12 * burst(rng, size, 0.02, 60, 300, 0.008)
            mixed(out, wide(single(thud), 0.001), at + count(shift / min(shade.pace, 1.8)), gain)
    return out


def applause(rng: Rng, length: int, shade: Shade) -> Signal:
    """Many hands: each clap its own, and the hall."""

    def clap() -> Signal:
        centre = rng.uniform(800, 2400) * shade.pitch
        return burst(rng, count(0.05), rng.uniform(0.004, 0.009), centre * 0.6, centre * 2.4, 0.0006)

    seconds = length / RATE
    claps = scattered(rng, length, min(420, 260 * shade.force), clap, 1.0)
    swell = np.minimum(1, np.linspace(0.25, max(1.2, seconds), length, dtype=np.float32))
    return in_room(claps * swell, 1.6, 0.25, 6000)


def crowd(rng: Rng, length: int, shade: Shade) -> Signal:
    """A room full of people: vowels at many pitches, none a word."""
    out = np.zeros((2, length), np.float32)
    vowels = (
        ((700, 1.0), (1150, 0.5), (2500, 0.2)),
        ((400, 1.0), (1900, 0.4), (2600, 0.2)),
        ((450, 1.0), (850, 0.5), (2400, 0.1)),
    )
    kinds = []
    for _ in range(36):
        size, base = count(rng.uniform(0.12, 0.4)), float(rng.choice((115, 190))) * rng.uniform(0.8, 1.25) * shade.pitch
        pitch = glide(base * rng.uniform(1.0, 1.25), base * rng.uniform(0.8, 1.05), size)
        kinds.append(_voiced(pitch, vowels[int(rng.integers(3))]) * hump(size, rng.uniform(0.25, 0.6)))
    for _ in range(int(length / RATE * 45)):
        one = kinds[int(rng.integers(len(kinds)))]
        mixed(
            out,
            pan(one, float(rng.uniform(-1, 1))),
            int(rng.integers(-4000, length)) if length > 4000 else 0,
            rng.random(),
        )
    return in_room(out, 1.3, 0.5, 3500) + 0.02 * wide(band(noise(rng, length, -0.4), 100, 3000))


def cheer(rng: Rng, length: int, shade: Shade) -> Signal:
    """A crowd that is happy: roar and applause."""
    seconds = length / RATE
    roar = np.zeros((2, length), np.float32)
    for _ in range(34):
        base = float(rng.choice((210, 330, 420))) * rng.uniform(0.85, 1.2) * shade.pitch
        pitch = single(base * (1 + 0.15 * hump(length, 0.3)) * (0.97 + 0.06 * wander(rng, length, 4)))
        voice = _voiced(pitch, ((800, 1.0), (1250, 0.7), (2700, 0.3))) * wander(rng, length, 1.5, 0.7)
        mixed(roar, pan(voice, float(rng.uniform(-1, 1))), 0)
    swell = np.minimum(1, np.linspace(0.2, max(1.2, seconds), length, dtype=np.float32))
    return in_room(0.12 * roar * swell + 0.6 * applause(rng, length, shade), 1.8, 0.35, 5000)


def dog(rng: Rng, length: int, shade: Shade) -> Signal:
    """Two barks, and two again."""
    out = np.zeros((2, length), np.float32)
    for at in beats(length, 1.7 / shade.pace):
        for number in range(2):
            size = count(rng.uniform(0.16, 0.22))
            pitch = single(340 * shade.pitch * (0.75 + 0.5 * hump(size, 0.3)))
            bark = _voiced(pitch, ((650, 1.0), (1150, 0.9), (2300, 0.4))) + 0.15 * burst(rng, size, 0.05, 400, 4000)
            mixed(
                out,
                wide(saturated(bark * hump(size, 0.25, 0.8), 1.5), 0.001),
                at + count(number * 0.36),
                rng.uniform(0.85, 1),
            )
    return in_room(out, 0.9, 0.2, 4000)


def cat(rng: Rng, length: int, shade: Shade) -> Signal:
    """A meow: the mouth opens and closes."""
    out = np.zeros((2, length), np.float32)
    for at in beats(length, 2.3 / shade.pace):
        size = count(rng.uniform(0.6, 0.85))
        pitch = single(540 * shade.pitch * (0.85 + 0.4 * hump(size, 0.4)) * (1 + 0.01 * sine(7, size)))
        closed, wider = (
            _voiced(pitch, ((600, 1.0), (2600, 0.5))),
            _voiced(pitch, ((1100, 1.0), (1900, 0.7), (3400, 0.3))),
        )
        opened = hump(size, 0.45, 1.5)
        mixed(out, wide((closed * (1 - opened) + wider * opened) * hump(size, 0.3, 0.7), 0.001), at)
    return in_room(out, 0.5, 0.15)


def growl(rng: Rng, length: int, shade: Shade) -> Signal:
    """A monster: a deep throat that rattles."""
    pitch = single(62 * shade.pitch * (0.8 + 0.5 * hump(length, 0.4)) * (0.94 + 0.12 * wander(rng, length, 12)))
    throat = _voiced(pitch, ((320, 1.0), (620, 0.9), (1500, 0.5), (2600, 0.25))) * (
        0.4 + 0.6 * wander(rng, length, 28, 1.0)
    )
    breath = band(noise(rng, length, -0.4), 200, 3000) * wander(rng, length, 20, 0.7)
    return in_room(wide(saturated((throat + 0.25 * breath) * hump(length, 0.35, 1.2), 2.0), 0.005), 1.4, 0.3, 3000)


def breath(rng: Rng, length: int, shade: Shade) -> Signal:
    """In, and out."""
    out = np.zeros(length, np.float32)
    for at in beats(length, 3.4 / shade.pace):
        for shift, centre, size in (
            (0.0, 1900, count(1.2 / shade.pace)),
            (1.5 / shade.pace, 1100, count(1.5 / shade.pace)),
        ):
            puff = band(noise(rng, size, -0.3), centre * 0.5 * shade.pitch, centre * 2 * shade.pitch) * hump(
                size, 0.4, 1.6
            )
            mixed(out, puff, at + count(shift) if shift else at, 0.8)
    return wide(out, 0.0008)
