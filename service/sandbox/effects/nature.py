"""Weather, water, fire and air."""

import numpy as np

from service.sandbox.effects.parts import Rng, both, burst, scattered, wobbled
from service.sandbox.effects.shade import Shade
from service.sandbox.sound.room import in_room, mixed, wide
from service.sandbox.sound.signals import (
    RATE,
    Signal,
    band,
    count,
    decay,
    glide,
    hump,
    noise,
    sine,
    single,
    swept,
    wander,
)


def rain(rng: Rng, length: int, shade: Shade) -> Signal:
    """A wash of far drops with near ones on it."""

    def drop() -> Signal:
        size = count(rng.uniform(0.006, 0.03))
        pitch = rng.uniform(1800, 5200) * shade.pitch
        ping = sine(glide(pitch, pitch * 1.25, size), size) * decay(size, 0.004)
        return ping + 0.5 * burst(rng, size, 0.003, 2500, 12_000)

    wash = both(lambda: band(noise(rng, length, -0.25), 700 * shade.pitch, 11_000))
    near = scattered(rng, length, 110 * shade.force, drop)
    return 0.16 * wash * wander(rng, length, 0.4, 0.25) + 0.5 * near


def thunder(rng: Rng, length: int, shade: Shade) -> Signal:
    """A crack, then a roll that comes and goes and sinks."""
    roll = both(lambda: band(noise(rng, length, -0.8), 22, 180 * shade.pitch))
    seconds = length / RATE
    roll = roll * wander(rng, length, 3.0, 0.8) * decay(length, max(seconds / 4, 0.3), 0.05)
    crack = burst(rng, length, 0.07, 150, 6000) * wander(rng, length, 40, 0.9)
    sharp = wide(crack, 0.017) * np.float32(0.35 * shade.force)
    return in_room(roll + sharp, 3.0, 0.5, 1800)


def wind(rng: Rng, length: int, shade: Shade) -> Signal:
    """Gusts: the harder it blows, the higher it sings."""

    def side() -> Signal:
        gust = wander(rng, length, 0.45 * shade.pace, 0.85)
        howl = swept(rng, (260 + 620 * gust**2) * np.float32(shade.pitch), 0.35)
        body = band(noise(rng, length, -0.6), 60, 900)
        return single((0.6 * body + 0.5 * howl) * (0.15 + gust))

    return both(side)


def waves(rng: Rng, length: int, shade: Shade) -> Signal:
    """Surf: each wave gathers, breaks and runs back."""
    out = np.zeros((2, length), np.float32)
    every = 6.5 / shade.pace
    start = -every * 0.3
    while start < length / RATE:
        size = count(every * rng.uniform(1.2, 1.5))
        shape = hump(size, rng.uniform(0.3, 0.42), 2.5)
        one = np.stack([swept(rng, 350 + 2600 * shape, 1.3) * shape for _ in range(2)])
        begin = int(start * RATE)
        mixed(out, one[:, max(0, -begin) :], max(0, begin), float(rng.uniform(0.7, 1.0)))
        start += every * rng.uniform(0.85, 1.15)
    deep = both(lambda: band(noise(rng, length, -0.7), 40, 350))
    return out + 0.25 * deep


def water(rng: Rng, length: int, shade: Shade) -> Signal:
    """A stream: a soft rush with bubbles, each a note that rises as it leaves."""

    def bubble() -> Signal:
        size = count(rng.uniform(0.02, 0.09))
        pitch = rng.uniform(350, 1500) * shade.pitch
        return sine(glide(pitch, pitch * rng.uniform(1.15, 1.7), size), size) * hump(size, 0.2, 1.5)

    rush = both(lambda: band(noise(rng, length, -0.4), 350, 5000))
    moving = wobbled(rush, wander(rng, length, 1.5, 0.4))
    return single(0.12 * moving + scattered(rng, length, 45 * shade.pace, bubble, 0.8))


def drip(rng: Rng, length: int, shade: Shade) -> Signal:
    """Single drops in a hollow place."""

    def drop() -> Signal:
        size = count(0.16)
        pitch = rng.uniform(600, 1300) * shade.pitch
        return sine(glide(pitch, pitch * 1.9, size, 0.6), size) * decay(size, 0.025)

    return in_room(scattered(rng, length, 1.6 * shade.pace, drop, 0.6), 1.8, 0.35)


def splash(rng: Rng, length: int, shade: Shade) -> Signal:
    """Something falls into water: a slap, a spray, and what bubbles up after it."""
    spray = both(lambda: swept(rng, glide(900, 4500, length, 0.4), 1.6) * decay(length, 0.2, 0.02))
    slap = burst(rng, length, 0.05, 80, 900 * shade.pitch)
    drops = water(rng, length, shade) * decay(length, 0.5, 0.15)
    return single(0.7 * spray + 1.2 * wide(slap, 0.003) + 0.5 * drops)


def fire(rng: Rng, length: int, shade: Shade) -> Signal:
    """A low flutter with crackles and now and then a pop."""

    def crackle() -> Signal:
        size = count(rng.uniform(0.002, 0.012))
        return burst(rng, size, rng.uniform(0.0006, 0.003), 900 * shade.pitch, 12_000)

    def pop() -> Signal:
        return burst(rng, count(0.05), 0.008, 250, 3500)

    flutter = band(noise(rng, length, -0.7), 40, 500) * wander(rng, length, 9 * shade.pace, 0.6)
    hiss = band(noise(rng, length), 2500, 9000) * wander(rng, length, 3, 0.8)
    bed = wide(0.3 * flutter + 0.03 * hiss)
    pops = scattered(rng, length, 1.6, pop, 0.6)
    return single(bed + 0.55 * scattered(rng, length, 26 * shade.force, crackle) + pops)


def bubbles(rng: Rng, length: int, shade: Shade) -> Signal:
    """Boiling, or breath under water: deep bubbles close together."""

    def bubble() -> Signal:
        size = count(rng.uniform(0.04, 0.13))
        pitch = rng.uniform(140, 620) * shade.pitch
        return sine(glide(pitch, pitch * rng.uniform(1.3, 2.2), size), size) * hump(size, 0.25, 1.5)

    return scattered(rng, length, 22 * shade.pace, bubble, 0.7)


def leaves(rng: Rng, length: int, shade: Shade) -> Signal:
    """Rustling: many dry little scrapes in waves."""

    def scrape() -> Signal:
        size = count(rng.uniform(0.01, 0.05))
        return band(noise(rng, size), 2200 * shade.pitch, 13_000) * hump(size, 0.3)

    return scattered(rng, length, 70 * shade.pace, scrape) * (0.15 + wander(rng, length, 0.9, 1.0))
