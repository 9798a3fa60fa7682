"""Balls in flight under floodlights."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, darker, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.scenes.arena import arena


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
    if words & {"basketball", "nba", "dunk", "hoop"}:
        _basketball(pen)
    elif words & {"tennis", "padel"}:
        pen.disc(0, 0, 1, rgb("#d4e157"))
        for side in (-1, 1):
            pen.ring(side * 1.1, 0, 0.72, 0.08, PAPER, start=90 if side > 0 else -62, end=270 if side > 0 else 62)
        _shade(pen)
    else:
        _football(pen)
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


def _basketball(pen: Pen) -> None:
    pen.disc(0, 0, 1, rgb("#ee7a26"))
    _shade(pen)
    for turn in (0, 90):
        pen.pen(0, 0, 1, turn=turn).line([(-0.98, 0), (0.98, 0)], 0.05, rgb("#2a1a10"))
    for side in (-1, 1):
        pen.ring(
            side * 1.25, 0, 0.85, 0.05, rgb("#2a1a10"), start=133 if side > 0 else -47, end=227 if side > 0 else 47
        )
    pen.ring(0, 0, 0.98, 0.05, rgb("#2a1a10"))


def _football(pen: Pen) -> None:
    pen.disc(0, 0, 1, rgb("#f8f9fa"))

    def patch(x: float, y: float, size: float, turn: float, squeeze: float = 1.0) -> None:
        spot = pen.pen(x, y, size, turn=turn)
        spot.poly(
            [(math.cos(math.radians(a)) * squeeze, math.sin(math.radians(a))) for a in range(-90, 270, 72)],
            rgb("#1b1e27"),
        )

    patch(0, 0, 0.34, 0)
    for step in range(5):
        angle = math.radians(-90 + 72 * step)
        pen.line(
            [(0.34 * math.cos(angle), 0.34 * math.sin(angle)), (0.68 * math.cos(angle), 0.68 * math.sin(angle))],
            0.035,
            rgb("#1b1e27"),
        )
        pen.poly(
            [
                (math.cos(angle + d) * r, math.sin(angle + d) * r)
                for d, r in ((-0.21, 0.76), (0, 0.66), (0.21, 0.76), (0.26, 0.96), (-0.26, 0.96))
            ],
            rgb("#1b1e27"),
        )
        between = angle + math.radians(36)
        pen.line(
            [
                (math.cos(angle + 0.21) * 0.76, math.sin(angle + 0.21) * 0.76),
                (math.cos(between) * 0.73, math.sin(between) * 0.73),
            ],
            0.03,
            rgb("#1b1e27"),
        )
        pen.line(
            [
                (math.cos(between) * 0.73, math.sin(between) * 0.73),
                (math.cos(angle + math.radians(72) - 0.21) * 0.76, math.sin(angle + math.radians(72) - 0.21) * 0.76),
            ],
            0.03,
            rgb("#1b1e27"),
        )
        pen.line(
            [
                (math.cos(between) * 0.73, math.sin(between) * 0.73),
                (math.cos(between) * 0.97, math.sin(between) * 0.97),
            ],
            0.03,
            rgb("#1b1e27"),
        )
    _shade(pen)
