"""Balls in flight under floodlights."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, darker, mix, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.scenes.arena import arena
from service.sandbox.pictures.subjects import details


def sport(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A ball in flight under floodlights: football, basketball or tennis."""
    _, _, bright = arena(canvas, rng)
    bottom = canvas.bottom
    for side in (-1, 1):
        x = canvas.focus + side * 0.62
        for row in range(2):
            for column in range(4):
                canvas.glow(x + (column - 1.5) * 0.05, 0.08 + row * 0.05, 0.06, PAPER, 0.95)
    pen = canvas.pen(canvas.focus, bottom * 0.5, 0.29, turn=rng.uniform(-20, 20))
    for step in range(7):
        trail = canvas.pen(canvas.focus - 0.055 * step, bottom * 0.5 + 0.032 * step, 0.29 * (1 - step * 0.07))
        trail.disc(0, 0, 1, veil(bright, 0.13))
    kind = next((name for name in ("basketball", "tennis") if words & details(name)), "football")
    draw(pen, f"balls/{kind}")
    _shade(pen)
    el.person(canvas.pen(canvas.focus - 0.52, bottom * 0.93, 0.5), "run", darker(mix(bright, el.DARK, 0.8), 0.2))


def _shade(pen: Pen) -> None:
    for step in range(9):
        pen.poly(
            [
                *((math.cos(math.radians(a)), math.sin(math.radians(a))) for a in range(-45, 136, 6)),
                *(
                    (
                        math.cos(math.radians(a)) * 1.0 - 0.09 * step - 0.05,
                        math.sin(math.radians(a)) - 0.09 * step - 0.05,
                    )
                    for a in range(135, -46, -6)
                ),
            ],
            veil(el.DARK, 0.045),
        )
