"""Balloons, aeroplanes and the winding way."""

from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el

CLOTHS = (
    ("#e63946", "#ffd166"),
    ("#457b9d", "#f1faee"),
    ("#8338ec", "#ffbe0b"),
    ("#2a9d8f", "#e9c46a"),
    ("#fb5607", "#fff1d0"),
)


def travel(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Hot-air balloons over hills, or an airliner over the clouds where the words fly."""
    bottom = canvas.bottom
    flying = bool(
        words
        & {
            "flight",
            "flights",
            "plane",
            "airplane",
            "airline",
            "airport",
            "fly",
            "flying",
            "jet",
            "aircraft",
            "pilot",
            "cheap",
        }
    )
    horizon = bottom * 0.74
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus - 0.34, bottom * 0.5), size=0.085)
    for share in (0.1, 0.35, 0.65):
        line = el.ridge(canvas, rng, horizon - 0.06 + share * 0.2, 0.1 - 0.05 * share, jagged=0.5 - 0.4 * share)
        el.ground(canvas, line, mix(light.ground(share), light.leaf, share * 0.5), light.ground(share * 0.6))
        canvas.mist(horizon - 0.05 + share * 0.12, horizon + 0.1 + share * 0.15, light.haze, 0.3)
    if flying:
        for _ in range(9):
            _cloud(
                canvas,
                rng,
                rng.uniform(0, canvas.right),
                bottom * rng.uniform(0.68, 0.98),
                rng.uniform(0.09, 0.22),
                mix(PAPER, light.sky[2], 0.35),
            )
        _trail(canvas, light)
        airliner(canvas.pen(canvas.focus, bottom * 0.42, 0.44, turn=-12), light.accent)
        return
    _path(canvas, light)
    for x, y, size in (
        (-0.46, 0.5, 0.17),
        (0.4, 0.27, 0.27),
        (0.66, 0.56, 0.12),
        (-0.02, 0.44, 0.5),
        (-0.74, 0.24, 0.11),
    ):
        cloth, stripe = (rgb(code) for code in rng.choice(CLOTHS))
        tone = 0.55 if size < 0.2 else 0.15 if size < 0.4 else 0.0
        balloon(
            canvas.pen(canvas.focus + x, bottom * y, size),
            mix(cloth, light.haze, tone),
            mix(stripe, light.haze, tone),
            light,
        )


def _path(canvas: Canvas, light: Light) -> None:
    bottom = canvas.bottom
    pale = mix(light.sky[2], light.sun, 0.4)
    left = [(-0.42, 1.0), (-0.22, 0.94), (0.1, 0.89), (-0.1, 0.85), (0.04, 0.82)]
    right = [(0.06, 0.82), (-0.05, 0.85), (0.22, 0.89), (0.02, 0.95), (-0.05, 1.0)]
    canvas.poly([(canvas.focus + x, bottom * y) for x, y in [*left, *right]], veil(pale, 0.55))


def balloon(pen: Pen, cloth: Rgb, stripe: Rgb, light: Light) -> None:
    """A hot-air balloon one unit tall, centred on the pen's origin."""
    envelope = [
        (0, -0.5),
        (0.24, -0.42),
        (0.34, -0.2),
        (0.27, 0.04),
        (0.09, 0.28),
        (-0.09, 0.28),
        (-0.27, 0.04),
        (-0.34, -0.2),
        (-0.24, -0.42),
    ]
    pen.shape(envelope, cloth)
    for scale, tone in ((0.66, stripe), (0.3, cloth)):
        pen.shape([(x * scale if abs(y) < 0.49 else x, y) for x, y in envelope], tone)
    pen.shape(
        [
            (0.05, -0.49),
            (0.24, -0.42),
            (0.34, -0.2),
            (0.27, 0.04),
            (0.09, 0.28),
            (0.03, 0.28),
            (0.16, 0.02),
            (0.2, -0.2),
            (0.15, -0.4),
        ],
        veil(darker(cloth, 0.7), 0.24),
    )
    pen.shape([(-0.16, -0.4), (-0.26, -0.3), (-0.29, -0.16), (-0.24, -0.14), (-0.2, -0.3)], veil(PAPER, 0.35))
    for x in (-0.07, 0.07):
        pen.line([(x * 1.2, 0.28), (x * 0.85, 0.4)], 0.008, rgb("#4a2f1a"))
    pen.box(-0.075, 0.39, 0.075, 0.5, rgb("#8a5a2b"), round_by=0.02)
    pen.box(-0.085, 0.38, 0.085, 0.41, rgb("#5f3b18"), round_by=0.012)
    pen.disc(0, 0.31, 0.025, rgb("#ffb703"))


def _cloud(canvas: Canvas, rng: Random, x: float, y: float, size: float, color: Rgb) -> None:
    for tone, drop in ((mix(color, canvas_shadow(color), 0.5), 0.12), (color, 0.0)):
        for dx, dy, radius in (
            (-0.75, 0.05, 0.38),
            (-0.3, -0.18, 0.52),
            (0.25, -0.22, 0.56),
            (0.72, 0.02, 0.4),
            (0, 0.12, 0.6),
        ):
            canvas.disc(x + dx * size, y + (dy + drop) * size, radius * size, tone)


def canvas_shadow(color: Rgb) -> Rgb:
    """The shaded side of a cloud."""
    return mix(color, rgb("#5a6f96"), 0.45)


def _trail(canvas: Canvas, light: Light) -> None:
    x, y = canvas.focus - 0.4, canvas.bottom * 0.42 + 0.085
    for step in range(14):
        canvas.line(
            [(x - step * 0.075, y + step * 0.016), (x - step * 0.075 - 0.04, y + step * 0.016 + 0.0085)],
            0.008,
            veil(PAPER, 0.85 - step * 0.055),
        )


def airliner(pen: Pen, accent: Rgb) -> None:
    """An airliner two units long, flying to the right."""
    white, grey = rgb("#f8f9fb"), rgb("#c3cad6")
    pen.poly([(-0.1, -0.06), (-0.34, -0.5), (-0.2, -0.5), (0.2, -0.08)], darker(grey, 0.2))
    pen.shape(
        [
            (-0.96, -0.12),
            (-0.7, -0.15),
            (0.5, -0.15),
            (0.84, -0.08),
            (1.0, 0.03),
            (0.84, 0.12),
            (0.5, 0.16),
            (-0.5, 0.13),
            (-0.9, -0.05),
        ],
        white,
    )
    pen.shape([(-0.9, -0.05), (-0.5, 0.04), (0.5, 0.06), (0.98, 0.05), (0.84, 0.12), (0.5, 0.16), (-0.5, 0.13)], grey)
    pen.poly([(-0.62, -0.13), (-0.98, -0.52), (-0.82, -0.52), (-0.44, -0.14)], accent)
    pen.poly([(-0.78, -0.06), (-1.02, -0.18), (-0.9, -0.18), (-0.58, -0.06)], darker(accent, 0.2))
    pen.stroke([(-0.6, -0.01), (0.1, 0.015), (0.72, 0.0)], 0.028, accent)
    for step in range(14):
        pen.box(-0.42 + step * 0.075, -0.085, -0.385 + step * 0.075, -0.035, rgb("#3f5d86"), round_by=0.012)
    pen.poly([(0.78, -0.09), (0.9, -0.025), (0.77, -0.02), (0.71, -0.09)], rgb("#22334f"))
    pen.poly([(0.22, 0.04), (-0.42, 0.6), (-0.24, 0.6), (0.45, 0.08)], lighter(grey, 0.2))
    pen.poly([(-0.42, 0.6), (-0.24, 0.6), (-0.17, 0.53), (-0.35, 0.54)], accent)
    pen.box(-0.02, 0.28, 0.18, 0.37, darker(grey, 0.25), round_by=0.045)
    pen.disc(0.17, 0.325, 0.042, rgb("#3a4254"))
