"""Things that hit, break, blow up, open, close and walk."""

import numpy as np

from service.sandbox.effects.parts import Rng, beats, both, burst, scattered, struck
from service.sandbox.effects.shade import Shade
from service.sandbox.sound.room import in_room, mixed, pan, saturated, wide
from service.sandbox.sound.signals import RATE, Signal, band, count, decay, glide, hump, noise, saw, sine, wander


def boom(rng: Rng, length: int, shade: Shade) -> Signal:
    """A deep cinematic hit with a long room behind it."""
    half = max(0.18, length / RATE / 7)
    body = sine(glide(120 * shade.pitch, 34 * shade.pitch, length, 0.25), length) * decay(length, half, 0.003)
    knock = burst(rng, length, 0.03, 60, 2200)
    rumble = band(noise(rng, length, -0.8), 25, 160) * decay(length, half * 1.2, 0.02)
    return in_room(wide(saturated(1.1 * body + 0.5 * knock, 1.5) + 0.35 * rumble, 0.002), 2.4, 0.35, 2500)


def explosion(rng: Rng, length: int, shade: Shade) -> Signal:
    """A blast, its fireball, and what it threw up raining down."""
    seconds = length / RATE

    def debris() -> Signal:
        return burst(rng, count(0.06), 0.009, 600, 6000)

    blast = saturated(2.2 * burst(rng, length, 0.13, 30, 5000 * shade.pitch, 0.001), 1.4)
    roar = both(lambda: band(noise(rng, length, -0.55), 25, 900) * wander(rng, length, 12, 0.5))
    thump = sine(glide(95 * shade.pitch, 26, length, 0.3), length) * decay(length, 0.3)
    falling = scattered(rng, length, 22, debris, edge=min(0.35, seconds / 4)) * decay(
        length, max(seconds / 5, 0.2), 0.3
    )
    whole = wide(blast + thump, 0.004) + roar * decay(length, max(seconds / 6, 0.25), 0.01) + 0.5 * falling
    return in_room(whole, 2.8, 0.35, 3000)


def gunshot(rng: Rng, length: int, shade: Shade) -> Signal:
    """A crack and its echo."""
    crack = saturated(3 * burst(rng, length, 0.012, 300 * shade.pitch, 12_000, 0.0003), 1.5)
    thump = sine(glide(180 * shade.pitch, 50, length, 0.2), length) * decay(length, 0.04)
    return in_room(wide(crack + 0.8 * thump, 0.001), 1.6, 0.4, 4000)


def punch(rng: Rng, length: int, shade: Shade) -> Signal:
    """A short blow: air, flesh, and weight."""
    air = burst(rng, length, 0.03, 400, 3500, 0.02)
    smack = burst(rng, length, 0.014, 500 * shade.pitch, 5000)
    weight = sine(glide(150 * shade.pitch, 55, length, 0.4), length) * decay(length, 0.06)
    return wide(saturated(1.3 * smack + 1.4 * weight, 1.3) + 0.2 * air, 0.001)


def wood(rng: Rng, length: int, shade: Shade) -> Signal:
    """A knock on wood."""
    pitch = rng.uniform(210, 320) * shade.pitch
    modes = [(pitch, 1.0, 0.03), (pitch * 2.57, 0.6, 0.018), (pitch * 4.9, 0.35, 0.01), (pitch * 8.1, 0.15, 0.006)]
    return wide(struck(length, modes) + 0.5 * burst(rng, length, 0.005, 800, 7000), 0.0015)


def knock(rng: Rng, length: int, shade: Shade) -> Signal:
    """Knuckles on a door: three, and three again."""
    out = np.zeros((2, length), np.float32)
    for at in beats(length, 2.2 / shade.pace):
        for number in range(3):
            hit = wood(rng, count(0.35), shade)
            mixed(out, hit, at + count(number * 0.24 / shade.pace), float(rng.uniform(0.75, 1.0)))
    return in_room(out, 0.5, 0.2)


def metal(rng: Rng, length: int, shade: Shade) -> Signal:
    """A clang: modes that share no measure, so that no note is heard."""
    pitch = rng.uniform(320, 620) * shade.pitch
    ratios = (1.0, 1.52, 2.31, 2.87, 3.74, 4.61, 5.93, 7.17, 8.8)
    modes = [
        (pitch * ratio * rng.uniform(0.98, 1.02), 1 / (1 + number * 0.4), 0.4 / (1 + 0.35 * number))
        for number, ratio in enumerate(ratios)
    ]
    return in_room(wide(struck(length, modes) + 0.6 * burst(rng, length, 0.006, 1500, 14_000), 0.004), 1.3, 0.25, 8000)


def glass(rng: Rng, length: int, shade: Shade) -> Signal:
    """A pane breaks and its pieces fall."""

    def shard() -> Signal:
        pitch = rng.uniform(2200, 7500) * shade.pitch
        return struck(count(0.3), [(pitch, 1.0, 0.03), (pitch * 1.47, 0.6, 0.02), (pitch * 2.09, 0.4, 0.012)])

    crash = burst(rng, length, 0.05, 1800, 15_000) + 0.4 * burst(rng, length, 0.02, 200, 1500)
    falling = scattered(rng, length, 60, shard) * decay(length, max(0.18, length / RATE / 6), 0.01)
    return in_room(1.2 * wide(crash, 0.003) + 0.8 * falling, 0.7, 0.15, 9000)


def door(rng: Rng, length: int, shade: Shade) -> Signal:
    """The handle, the hinge's creak, and the door falls shut."""
    shut = int(length * 0.62)
    out = np.zeros((2, length), np.float32)
    mixed(out, click(rng, count(0.15), Shade(0.7)), 0, 0.5)
    size = max(1, shut - count(0.15))
    squeak = glide(160 * shade.pitch, 310 * shade.pitch, size) * (0.8 + 0.4 * wander(rng, size, 5))
    creak = band(saw(squeak, size, 0.7, 7000) * wander(rng, size, 30, 0.9), 500, 3200) * hump(size, 0.55, 1.2)
    mixed(out, pan(creak, -0.2), count(0.12), 0.22)
    slam = count(1.0)
    body = struck(slam, [(72 * shade.pitch, 1.2, 0.07), (138 * shade.pitch, 0.8, 0.05), (310, 0.4, 0.03)])
    mixed(out, wide(body + 0.7 * burst(rng, slam, 0.03, 90, 2500), 0.002), shut, 1.2)
    mixed(out, click(rng, count(0.15), Shade(0.8)), shut + count(0.045), 0.6)
    return in_room(out, 0.8, 0.25, 4500)


def footsteps(rng: Rng, length: int, shade: Shade) -> Signal:
    """Heel and toe, left and right, no two the same."""
    out = np.zeros((2, length), np.float32)
    every = 0.56 / shade.pace
    for number, at in enumerate(beats(length, every)):
        size = count(0.3)
        heel = struck(size, [(rng.uniform(85, 110) * shade.pitch, 1.0, 0.025), (rng.uniform(240, 330), 0.4, 0.015)])
        heel += 0.5 * burst(rng, size, 0.01, 300, 3800)
        toe = 0.35 * burst(rng, size, 0.018, 700, 6000, 0.006)
        step = heel + np.concatenate((np.zeros(count(0.075), np.float32), toe))[:size]
        mixed(out, pan(step, -0.22 if number % 2 else 0.22), at + int(rng.integers(0, 700)), rng.uniform(0.8, 1.0))
    return in_room(out, 0.6, 0.18, 4500)


def click(rng: Rng, length: int, shade: Shade) -> Signal:
    """A small switch: down and up."""
    press = struck(length, [(2400 * shade.pitch, 0.8, 0.003), (4100 * shade.pitch, 0.5, 0.002), (900, 0.4, 0.004)])
    press += 0.6 * burst(rng, length, 0.0015, 1500, 12_000, 0.0003)
    back = np.zeros(length, np.float32)
    mixed(back, press, count(0.055), 0.45)
    return wide(press + back, 0.0004)


def typing(rng: Rng, length: int, shade: Shade) -> Signal:
    """Keys in words, with a pause between them."""
    out, at = np.zeros((2, length), np.float32), 0.02
    while at < length / RATE:
        key = click(rng, count(0.12), Shade(float(rng.uniform(0.45, 0.8)) * shade.pitch))
        mixed(out, pan(key.mean(axis=0), float(rng.uniform(-0.4, 0.4))), count(at), float(rng.uniform(0.5, 1.0)))
        at += (rng.uniform(0.07, 0.17) if rng.random() > 0.14 else rng.uniform(0.3, 0.6)) / shade.pace
    return in_room(out, 0.3, 0.1)


def tick(rng: Rng, length: int, shade: Shade) -> Signal:
    """A clock: tick, tock."""
    out = np.zeros((2, length), np.float32)
    for number, at in enumerate(beats(length, 0.5 / shade.pace)):
        pitch = (2600 if number % 2 else 2050) * shade.pitch
        hit = struck(count(0.1), [(pitch, 1.0, 0.006), (pitch * 1.9, 0.5, 0.004)])
        mixed(out, wide(hit + 0.2 * burst(rng, hit.size, 0.002, 2000, 10_000), 0.0006), at)
    return in_room(out, 0.4, 0.12)
