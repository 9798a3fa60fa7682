"""Athletes: a lifter, a runner, someone at rest."""

from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.scenes.arena import arena
from service.sandbox.pictures.schemes import shades
from service.sandbox.pictures.subjects import details


def fitness(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A lifter under the bar, a runner in full stride, or someone at rest in the lotus."""
    if words & details("calm"):
        _lotus(canvas, rng, light)
        return
    deep, _, bright = arena(canvas, rng)
    floor = canvas.bottom * 0.91
    skin = rng.choice(shades("skins"))
    if words & details("running"):
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
    draw(pen.pen(0, -1.07, 0.86), "things/barbell", bright=bright)


def _shorts(pen: Pen, pose: str, color: Rgb) -> None:
    tone = lighter(color, 0.08)
    for name in ("rear", "front"):
        hip, knee = el.poses()[pose][name][:2]
        pen.line(
            [hip, (hip[0] + (knee[0] - hip[0]) * 0.7, hip[1] + (knee[1] - hip[1]) * 0.7)], 0.15, tone, to_width=0.13
        )


def _lotus(canvas: Canvas, rng: Random, light: Light) -> None:
    bottom = canvas.bottom
    horizon = bottom * 0.66
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus, bottom * 0.42), size=0.26)
    el.ground(canvas, el.ridge(canvas, rng, horizon - 0.02, 0.08, jagged=0.4), light.ground(0.3), light.ground(0.5))
    el.ground(
        canvas, el.ridge(canvas, rng, bottom * 0.8, 0.04, jagged=0.1), light.ground(0.85), darker(light.land, 0.3)
    )
    draw(canvas.pen(canvas.focus, bottom * 0.86, 0.62), "people/lotus", color=darker(light.land, 0.35))
