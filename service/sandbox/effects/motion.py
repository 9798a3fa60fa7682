"""Sounds of motion: air, engines, machines, cinema."""

import numpy as np

from service.sandbox.effects.parts import Rng, beats, both, burst
from service.sandbox.effects.shade import Shade
from service.sandbox.sound.room import in_room, mixed, saturated, wide
from service.sandbox.sound.signals import (
    Signal,
    band,
    count,
    glide,
    hump,
    noise,
    saw,
    sine,
    single,
    swept,
    times,
    wander,
)


def _passing(mono: Signal) -> Signal:
    """From the left to the right."""
    angle = np.linspace(0.15, np.pi / 2 - 0.15, mono.size, dtype=np.float32)
    return np.stack((mono * np.cos(angle), mono * np.sin(angle)))


def whoosh(rng: Rng, length: int, shade: Shade) -> Signal:
    """Air that something passes through: it swells, brightens, and is gone."""
    shape = hump(length, 0.55, 2.2)
    centre = (280 + 2600 * shape) * np.float32(shade.pitch)
    air = swept(rng, centre, 0.8) + 0.35 * swept(rng, centre * 3, 0.6) * shape
    return in_room(_passing(air * shape), 0.7, 0.15)


def swipe(rng: Rng, length: int, shade: Shade) -> Signal:
    """A quick cut through the air, as of a blade."""
    shape = hump(length, 0.35, 3)
    ring = 0.15 * (sine(3100 * shade.pitch, length) + sine(4730 * shade.pitch, length)) * shape**2
    return in_room(
        _passing(swept(rng, glide(900, 6500, length) * np.float32(shade.pitch), 0.6) * shape + ring), 0.5, 0.15
    )


def riser(rng: Rng, length: int, shade: Shade) -> Signal:
    """Tension: noise and a chord of saws that climb and quicken until they stop at their height."""
    along = np.linspace(0, 1, length, dtype=np.float32)
    pitch = glide(70 * shade.pitch, 560 * shade.pitch, length, 1.6)
    voices = [saw(pitch * np.float32(detune), length, 1.1, 7000, rng.random()) for detune in (0.994, 1.0, 1.007, 1.5)]
    flutter = 0.65 + 0.35 * sine(glide(3, 22, length, 1.5), length)
    air = both(lambda: swept(rng, glide(300, 8500, length, 1.4), 0.9))
    stereo = np.stack((voices[0] + voices[1] + 0.5 * voices[3], voices[2] + voices[1] + 0.5 * voices[3]))
    return in_room((0.3 * stereo * flutter + 0.45 * air) * (0.03 + along) ** 1.5, 1.2, 0.25)


def downer(rng: Rng, length: int, shade: Shade) -> Signal:
    """The way down: a riser's fall, as a machine that loses its power."""
    pitch = glide(520 * shade.pitch, 38 * shade.pitch, length, 0.8)
    voices = np.stack([saw(pitch * np.float32(detune), length, 1.3, 6000) for detune in (0.995, 1.006)])
    air = swept(rng, glide(6000, 200, length), 0.9)
    return in_room((0.6 * voices + 0.3 * air) * np.linspace(1, 0, length, dtype=np.float32) ** 1.3, 1.4, 0.25)


def engine(rng: Rng, length: int, shade: Shade) -> Signal:
    """A motor: firing strokes that are never quite even, an exhaust, and revolutions that breathe."""
    turns = single(31 * shade.pitch * shade.pace * (0.85 + 0.5 * wander(rng, length, 0.35)))
    strokes = saw(turns, length, 0.75, 2600) + 0.7 * saw(turns * 0.5, length, 0.8, 1200) + 0.3 * sine(turns * 4, length)
    rough = strokes * (0.75 + 0.25 * wander(rng, length, 45, 1.0))
    exhaust = band(noise(rng, length, -0.5), 60, 1400) * np.abs(sine(turns, length))
    return wide(saturated(band(0.6 * rough + 0.5 * exhaust, 30, 3200), 1.2), 0.006)


def passing_car(rng: Rng, length: int, shade: Shade) -> Signal:
    """A car goes by: nearer and higher, then farther and lower."""
    along = np.linspace(-1, 1, length, dtype=np.float32)
    near = single(1 / (1 + (along * 3.2) ** 2))
    pitch = 92 * shade.pitch * (1 - 0.13 * np.tanh(along * 4))
    tyres = swept(rng, single((500 + 1500 * near) * shade.pitch), 1.2)
    motor = saw(single(pitch), length, 1.1, 2200)
    return in_room(_passing(single((tyres + 0.5 * motor) * near**1.5)), 0.9, 0.12)


def helicopter(rng: Rng, length: int, shade: Shade) -> Signal:
    """Blades that beat the air, and the turbine's whine."""
    pace = 11.5 * shade.pace
    beat = np.maximum(sine(pace, length), 0) ** 3
    chop = band(noise(rng, length, -0.4), 50, 1500 * shade.pitch) * (0.12 + beat)
    whine = 0.05 * sine(870 * shade.pitch, length) + 0.03 * sine(1743 * shade.pitch, length)
    return wide(chop + 0.5 * sine(pace * 4, length) * beat + whine, 0.009)


def train(rng: Rng, length: int, shade: Shade) -> Signal:
    """Wheels over the joints, two and two, on a rumble."""
    out = wide(0.35 * band(noise(rng, length, -0.6), 40, 900), 0.008)
    for at in beats(length, 0.72 / shade.pace):
        for shift in (0.0, 0.13):
            hit = burst(rng, count(0.2), 0.025, 120, 2600 * shade.pitch)
            mixed(out, wide(hit, 0.002), at + count(shift / shade.pace), float(rng.uniform(0.5, 0.8)))
    return in_room(out, 0.8, 0.2)


def machine(rng: Rng, length: int, shade: Shade) -> Signal:
    """A hum at the mains' pitch with its harmonics, a fan, and something that turns."""
    hum = sum((sine(50 * shade.pitch * number, length) / number**0.8 for number in (1, 2, 3, 4, 6, 8)), np.float32(0))
    turning = 0.8 + 0.2 * sine(6.5 * shade.pace, length)
    return wide(single(0.35 * hum + 0.5 * band(noise(rng, length, -0.4), 150, 4200)) * turning, 0.007)


def drone(rng: Rng, length: int, shade: Shade) -> Signal:
    """A dark bed for scenes: low fifths that beat against each other, and air."""
    root = rng.uniform(48, 62) * shade.pitch
    pitches = [root * ratio * detune for ratio in (1, 1.5, 2, 3) for detune in (0.996, 1.004)]
    sides = [
        sum((saw(pitch, length, 1.6, 1800, rng.random()) for pitch in pitches[side::2]), np.float32(0))
        for side in (0, 1)
    ]
    air = both(lambda: swept(rng, 400 + 900 * wander(rng, length, 0.2), 0.7))
    return in_room(0.25 * np.stack(sides) * wander(rng, length, 0.3, 0.5) + 0.15 * air, 3.0, 0.5, 2500)


def vehicle_horn(rng: Rng, length: int, shade: Shade) -> Signal:
    """Two notes of brass and nerve."""
    out = np.zeros((2, length), np.float32)
    for at in beats(length, 2.4 / shade.pace):
        size = min(length - at, count(rng.uniform(0.5, 0.9)))
        tone = saw(415 * shade.pitch, size, 0.7, 6000) + saw(523 * shade.pitch, size, 0.7, 6000)
        mixed(out, wide(band(tone, 300, 4500) * hump(size, 0.1, 0.4), 0.002), at)
    return in_room(out, 0.9, 0.2)


def scan(rng: Rng, length: int, shade: Shade) -> Signal:
    """Science fiction at work: a tone that searches up and down over a hum."""
    search = single(700 * shade.pitch * 2 ** sine(0.6 * shade.pace, length))
    hum = saw(110 * shade.pitch, length, 1.4, 3000) * (0.7 + 0.3 * sine(8 * shade.pace, length))
    glitter = 0.1 * sine(search * 3.01, length) * (0.5 + 0.5 * np.sin(times(length) * 40))
    return in_room(wide(single(0.4 * sine(search, length) + 0.25 * hum + glitter), 0.01), 1.2, 0.3)
