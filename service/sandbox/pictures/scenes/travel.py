"""Balloons, aeroplanes and the winding way."""

from random import Random

from service.sandbox.pictures.canvas import Canvas
from service.sandbox.pictures.color import PAPER, mix, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.schemes import schemes
from service.sandbox.pictures.subjects import details


def travel(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Hot-air balloons over hills, or an airliner over the clouds where the words fly."""
    bottom = canvas.bottom
    horizon = bottom * 0.74
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus - 0.34, bottom * 0.5), size=0.085)
    for share in (0.1, 0.35, 0.65):
        line = el.ridge(canvas, rng, horizon - 0.06 + share * 0.2, 0.1 - 0.05 * share, jagged=0.5 - 0.4 * share)
        el.ground(canvas, line, mix(light.ground(share), light.leaf, share * 0.5), light.ground(share * 0.6))
        canvas.mist(horizon - 0.05 + share * 0.12, horizon + 0.1 + share * 0.15, light.haze, 0.3)
    if words & details("flight"):
        for _ in range(9):
            x, y = rng.uniform(0, canvas.right), bottom * rng.uniform(0.68, 0.98)
            spot = canvas.pen(x, y, rng.uniform(0.09, 0.22))
            draw(spot, "nature/cloud", color=mix(PAPER, light.sky[2], 0.35))
        _trail(canvas, light)
        draw(canvas.pen(canvas.focus, bottom * 0.42, 0.44, turn=-12), "vehicles/airliner", light)
        return
    _path(canvas, light)
    for x, y, size in (
        (-0.46, 0.5, 0.17),
        (0.4, 0.27, 0.27),
        (0.66, 0.56, 0.12),
        (-0.02, 0.44, 0.5),
        (-0.74, 0.24, 0.11),
    ):
        cloth, stripe = rng.choice(schemes("balloons"))
        tone = 0.55 if size < 0.2 else 0.15 if size < 0.4 else 0.0
        cloth, stripe = mix(cloth, light.haze, tone), mix(stripe, light.haze, tone)
        draw(canvas.pen(canvas.focus + x, bottom * y, size), "vehicles/balloon", cloth=cloth, stripe=stripe)


def _path(canvas: Canvas, light: Light) -> None:
    bottom = canvas.bottom
    pale = mix(light.sky[2], light.sun, 0.4)
    left = [(-0.42, 1.0), (-0.22, 0.94), (0.1, 0.89), (-0.1, 0.85), (0.04, 0.82)]
    right = [(0.06, 0.82), (-0.05, 0.85), (0.22, 0.89), (0.02, 0.95), (-0.05, 1.0)]
    canvas.poly([(canvas.focus + x, bottom * y) for x, y in [*left, *right]], veil(pale, 0.55))


def _trail(canvas: Canvas, light: Light) -> None:
    x, y = canvas.focus - 0.4, canvas.bottom * 0.42 + 0.085
    for step in range(14):
        canvas.line(
            [(x - step * 0.075, y + step * 0.016), (x - step * 0.075 - 0.04, y + step * 0.016 + 0.0085)],
            0.008,
            veil(PAPER, 0.85 - step * 0.055),
        )
