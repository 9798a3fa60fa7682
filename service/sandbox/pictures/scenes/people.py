"""Athletes: a lifter, a runner, someone at rest."""

from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.scenes.arena import arena

SKINS = ("#f6cfae", "#e0a67d", "#b97a50", "#8a5535", "#5f3822")
RUNNING = frozenset({"run", "running", "runner", "marathon", "sprint", "cardio", "jog", "5k", "10k", "hiit"})
CALM = frozenset({"yoga", "meditation", "meditate", "mindfulness", "stretch", "stretching", "pilates", "calm"})


def fitness(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A lifter under the bar, a runner in full stride, or someone at rest in the lotus."""
    if words & CALM:
        _lotus(canvas, rng, light)
        return
    deep, _, bright = arena(canvas, rng)
    floor = canvas.bottom * 0.91
    skin = rgb(rng.choice(SKINS))
    if words & RUNNING:
        pen = canvas.pen(canvas.focus, floor - 0.03, 0.82)
        for step in range(5):
            y = -0.2 - step * 0.15
            pen.line([(-0.55 - 0.1 * (step % 2), y), (-0.32 + 0.06 * (step % 2), y)], 0.016, veil(PAPER, 0.6))
        el.person(pen, "run", darker(skin, 0.05), top=bright, skin=skin)
        _shorts(pen, "run", deep)
        return
    pen = canvas.pen(canvas.focus, floor, 0.66)
    el.person(pen, "lift", darker(skin, 0.05), top=bright, skin=skin)
    _shorts(pen, "lift", deep)
    barbell(pen.pen(0, -1.07, 0.86), bright)


def _shorts(pen: Pen, pose: str, color: Rgb) -> None:
    tone = lighter(color, 0.08)
    for name in ("rear", "front"):
        hip, knee = el.POSES[pose][name][:2]
        pen.line(
            [hip, (hip[0] + (knee[0] - hip[0]) * 0.7, hip[1] + (knee[1] - hip[1]) * 0.7)], 0.15, tone, to_width=0.13
        )


def barbell(pen: Pen, bright: Rgb) -> None:
    """A loaded bar two units wide, held at the pen's origin."""
    pen.line([(-0.95, 0), (0.95, 0)], 0.028, rgb("#dfe3ea"))
    for side in (-1, 1):
        for at, half, tone in (
            (0.58, 0.25, "#20232b"),
            (0.67, 0.25, "#d62839"),
            (0.76, 0.19, "#20232b"),
            (0.835, 0.13, "#4a4f5c"),
        ):
            pen.box(side * at - 0.04, -half, side * at + 0.04, half, rgb(tone), round_by=0.03)
            pen.box(side * at - 0.04, -half, side * at - 0.015, half, veil(PAPER, 0.16), round_by=0.012)
        pen.disc(side * 0.2, 0, 0.04, bright)


def _lotus(canvas: Canvas, rng: Random, light: Light) -> None:
    bottom = canvas.bottom
    horizon = bottom * 0.66
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus, bottom * 0.42), size=0.26)
    el.ground(canvas, el.ridge(canvas, rng, horizon - 0.02, 0.08, jagged=0.4), light.ground(0.3), light.ground(0.5))
    el.ground(
        canvas, el.ridge(canvas, rng, bottom * 0.8, 0.04, jagged=0.1), light.ground(0.85), darker(light.land, 0.3)
    )
    tone, pen = darker(light.land, 0.35), canvas.pen(canvas.focus, bottom * 0.86, 0.62)
    pen.shape(
        [
            (-0.48, 0.0),
            (-0.44, -0.09),
            (-0.15, -0.14),
            (0.15, -0.14),
            (0.44, -0.09),
            (0.48, 0.0),
            (0.2, 0.04),
            (-0.2, 0.04),
        ],
        tone,
    )
    pen.shape([(-0.13, -0.08), (-0.17, -0.42), (-0.1, -0.52), (0.1, -0.52), (0.17, -0.42), (0.13, -0.08)], tone)
    for side in (-1, 1):
        pen.line([(side * 0.14, -0.46), (side * 0.27, -0.27), (side * 0.36, -0.1)], 0.075, tone, to_width=0.05)
    pen.line([(0, -0.5), (0, -0.6)], 0.07, tone)
    pen.disc(0, -0.67, 0.095, tone, tall=1.15)
    pen.disc(0, -0.79, 0.045, tone)
