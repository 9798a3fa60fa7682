"""Planets, nebulae, rockets."""

import math
from random import Random

import numpy as np

from service.sandbox.pictures.canvas import Canvas, noise
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, turned, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.schemes import schemes, shades
from service.sandbox.pictures.subjects import details


def space(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A nebula and its stars, a great planet (ringed, cratered or ours), and an astronaut or a rocket."""
    deep, middle, bright = rng.choice(schemes("nebulae"))
    bottom = canvas.bottom
    canvas.wash([(0, (4, 5, 16)), (1, darker(deep, 0.45))])
    field = noise(rng, 4, 3, 5)
    slant = np.linspace(-1, 1, field.shape[1])[None, :] * 0.35 + np.linspace(-1, 1, field.shape[0])[:, None] * 0.9
    band = np.exp(-(slant**2) * 3.2).astype(np.float32)
    canvas.tinted(field * band * 0.85, middle)
    canvas.tinted(np.clip(noise(rng, 6, 4, 5) - 0.45, 0, 1) * band * 1.4, bright)
    el.stars(canvas, rng, bottom * 1.6, round(260 * canvas.right))
    for _ in range(7):
        _sparkle(canvas, rng.uniform(0, canvas.right), rng.uniform(0, bottom), rng.uniform(0.012, 0.03))
    _planets(canvas, rng, words, bright)
    if words & details("astronaut"):
        draw(canvas.pen(canvas.focus - 0.02, bottom * 0.47, 0.5, turn=-12), "people/astronaut", glow=bright)
    else:
        draw(canvas.pen(canvas.focus - 0.12, bottom * 0.5, 0.5, turn=38), "vehicles/rocket", glow=bright)


def _sparkle(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.glow(x, y, size * 1.6, PAPER, 0.7)
    for dx, dy in ((1, 0.07), (0.07, 1)):
        canvas.poly([(x - size * dx, y), (x, y - size * dy), (x + size * dx, y), (x, y + size * dy)], PAPER)


def _planets(canvas: Canvas, rng: Random, words: el.Words, glow: Rgb) -> None:
    bottom = canvas.bottom
    globe = bool(words & details("earth"))
    if globe:
        color, ringed = rgb("#2f7fd8"), False
    elif words & details("mars"):
        color, ringed = rgb("#cf5a32"), False
    elif words & details("moon"):
        color, ringed = rgb("#b9bcc6"), False
    else:
        color, ringed = rng.choice(shades("planets")), rng.random() < 0.7
    planet(canvas, rng, canvas.focus + 0.34, bottom * 0.72, 0.36, color, glow, ringed=ringed, globe=globe)
    planet(canvas, rng, canvas.focus - 0.52, bottom * 0.22, 0.07, turned(color, 140), glow)


def planet(
    canvas: Canvas,
    rng: Random,
    x: float,
    y: float,
    radius: float,
    color: Rgb,
    glow: Rgb,
    *,
    ringed: bool = False,
    globe: bool = False,
) -> None:
    """A banded globe lit from the upper left, its night side falling into the dark."""
    canvas.glow(x, y, radius * 1.75, mix(color, glow, 0.5), 0.6)
    if ringed:
        _rings(canvas, x, y, radius, color, 180, 360)
    canvas.disc(x, y, radius, color)
    for _ in range(0 if globe else 11):
        tilt, wide = rng.uniform(-0.85, 0.85), rng.uniform(0.03, 0.11)
        tone = mix(color, rng.choice((PAPER, darker(color, 0.7), turned(color, 30))), rng.uniform(0.12, 0.35))
        half = math.sqrt(max(0.0, 1 - (abs(tilt) + wide) ** 2))
        pen = canvas.pen(x, y, radius, turn=-18)
        pen.poly([*_bow(half, tilt - wide), *reversed(_bow(half, tilt + wide))], veil(tone, 0.6))
    if globe:
        draw(canvas.pen(x, y, radius, turn=-12), "nature/continents", sea=color)
    for step in range(26):
        share = step / 25
        canvas.poly(_crescent(x, y, radius * 1.004, 0.95 - 1.65 * share), veil((2, 3, 12), 0.085))
    canvas.ring(x, y, radius * 0.992, radius * 0.03, veil(lighter(color, 0.6), 0.55), start=150, end=290)
    if ringed:
        _rings(canvas, x, y, radius, color, 0, 180)


def _bow(half: float, y: float) -> list[tuple[float, float]]:
    return [(half * (step / 8 - 1), y + 0.12 * (1 - (step / 8 - 1) ** 2)) for step in range(17)]


def _crescent(x: float, y: float, radius: float, depth: float) -> list[tuple[float, float]]:
    """The part of the globe beyond a terminator at `depth` (-1 to 1) along the light, to the lower right."""
    turn = math.radians(38)
    rim = [(math.cos(math.radians(angle)), math.sin(math.radians(angle))) for angle in range(-90, 91, 6)]
    edge = [(depth * across, down) for across, down in reversed(rim)]
    return [
        (
            x + radius * (px * math.cos(turn) - py * math.sin(turn)),
            y + radius * (px * math.sin(turn) + py * math.cos(turn)),
        )
        for px, py in [*rim, *edge]
    ]


def _rings(canvas: Canvas, x: float, y: float, radius: float, color: Rgb, start: float, end: float) -> None:
    pen = canvas.pen(x, y, radius, turn=-18)
    for at, wide, tone, opacity in (
        (1.45, 0.16, lighter(color, 0.45), 0.8),
        (1.66, 0.14, lighter(color, 0.25), 0.65),
        (1.85, 0.1, lighter(color, 0.6), 0.5),
    ):
        pen.ring(0, 0, at, wide, veil(tone, opacity), tall=0.27, start=start, end=end)
