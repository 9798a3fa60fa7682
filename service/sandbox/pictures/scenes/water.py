"""The sea from above, from the beach and from below."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.subjects import details


def ocean(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Open sea with a boat or a lighthouse, a beach with palms, or the reef below: whichever the words ask for."""
    if words & details("under-water"):
        _reef(canvas, rng, light, words)
    elif words & details("shore"):
        _shore(canvas, rng, light)
    else:
        _open_sea(canvas, rng, light, words)


def _sea(canvas: Canvas, rng: Random, light: Light, horizon: float, sun_x: float) -> None:
    canvas.wash([(0, mix(light.water, light.haze, 0.55)), (0.35, light.water), (1, darker(light.water, 0.5))], horizon)
    el.reflection(canvas, rng, sun_x, horizon + 0.004, mix(light.sun, light.sky[2], 0.25), wide=0.11)


def _open_sea(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    bottom = canvas.bottom
    horizon = bottom * 0.56
    sun = (canvas.focus - 0.04, horizon - 0.13)
    el.heavens(canvas, rng, light, horizon, sun=sun, size=0.11)
    line = el.ridge(canvas, rng, horizon, 0.05, jagged=0.5)
    canvas.poly(
        [
            *((x, min(y, horizon) if abs(x - sun[0]) > 0.35 else horizon) for x, y in line),
            (canvas.right, horizon),
            (0, horizon),
        ],
        light.ground(0.3),
    )
    _sea(canvas, rng, light, horizon, sun[0])
    if words & details("lighthouse"):
        draw(canvas.pen(canvas.focus + 0.26, horizon + 0.11, 0.5), "buildings/lighthouse", light)
    else:
        hull = darker(light.land, 0.2)
        draw(canvas.pen(canvas.focus + 0.26, horizon + 0.1, 0.34), "vehicles/boat", light, hull=hull)
    for share in (0.45, 0.7, 1.0):
        _swell(
            canvas,
            rng,
            horizon + (bottom - horizon) * (0.3 + 0.62 * share),
            0.012 + 0.03 * share,
            darker(light.water, 0.12 + 0.4 * share),
            light,
        )
    el.birds(canvas, rng, canvas.focus + 0.1, horizon * 0.45, 6, mix(light.land, light.sky[0], 0.2))


def _swell(canvas: Canvas, rng: Random, y: float, height: float, color: Rgb, light: Light) -> None:
    phase, length = rng.uniform(0, 6), rng.uniform(0.3, 0.5)
    crest = []
    for step in range(121):
        x = canvas.right * step / 120
        wave = math.sin(x / length * 6.28 + phase) * 0.6 + math.sin(x / length * 2.9 + phase * 2) * 0.4
        crest.append((x, y - height * abs(wave) ** 0.8 * (1 if wave > 0 else -0.6)))
    canvas.shaded(
        [*crest, (canvas.right, canvas.bottom), (0, canvas.bottom)],
        [(0, mix(color, light.sky[2], 0.3)), (0.3, color), (1, darker(color, 0.3))],
    )
    canvas.line(crest, 0.0035, veil(mix(light.sky[2], PAPER, 0.4), 0.4))


def _shore(canvas: Canvas, rng: Random, light: Light) -> None:
    bottom = canvas.bottom
    horizon = bottom * 0.58
    sun = (canvas.focus - 0.12, horizon - 0.16)
    el.heavens(canvas, rng, light, horizon, sun=sun, size=0.1)
    hill = [
        (canvas.focus + x, horizon - y)
        for x, y in ((-1.0, 0), (-0.84, 0.05), (-0.66, 0.11), (-0.5, 0.075), (-0.36, 0.03), (-0.25, 0))
    ]
    canvas.poly(hill, light.ground(0.35))
    _sea(canvas, rng, light, horizon, sun[0])
    sand = mix(rgb("#f2d19b"), light.haze, 0.3 if not light.night else 0.65)
    edge = [
        (x * canvas.right / 24, bottom * (0.83 + 0.025 * math.sin(x * 0.9 + 1)) - 0.06 * (x / 24) ** 2)
        for x in range(25)
    ]
    for rise, foam in ((0.022, veil(PAPER, 0.35)), (0.01, veil(PAPER, 0.75))):
        canvas.poly([*((x, y - rise) for x, y in edge), (canvas.right, bottom), (0, bottom)], foam)
    canvas.shaded(
        [*edge, (canvas.right, bottom), (0, bottom)],
        [(0, mix(sand, light.water, 0.18)), (0.3, sand), (1, mix(sand, light.land, 0.35))],
    )
    draw(canvas.pen(canvas.focus - 0.12, bottom * 0.95, 0.25), "things/umbrella", light)
    for x, size, flip in ((0.5, 0.86, True), (0.36, 0.6, False)):
        leaf = mix(light.leaf, rgb("#1f9d55"), 0.25 if not light.night else 0.05)
        spot = canvas.pen(canvas.focus + x, bottom * 0.97, size, flip=flip)
        draw(spot, "nature/palm", trunk=darker(light.land, 0.15), leaf=leaf)


def _reef(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    bottom = canvas.bottom
    blue = mix(rgb("#0a74b8"), light.water, 0.3)
    canvas.wash([(0, lighter(blue, 0.5)), (0.4, blue), (1, darker(blue, 0.75))])
    canvas.glow(canvas.focus, -0.05, 0.8, lighter(blue, 0.75), 0.9)
    for _ in range(8):
        x, wide = canvas.focus + rng.uniform(-0.7, 0.7), rng.uniform(0.02, 0.07)
        lean = (x - canvas.focus) * 0.7
        canvas.poly(
            [(x, 0), (x + wide, 0), (x + wide * 3 + lean, bottom * 0.95), (x + lean, bottom * 0.95)], veil(PAPER, 0.055)
        )
    for share in (0.3, 0.65, 1.0):
        line = el.ridge(canvas, rng, bottom * (0.8 + 0.1 * share), 0.09, jagged=0.2)
        tone = darker(blue, 0.35 + 0.4 * share)
        el.ground(canvas, line, tone, darker(tone, 0.5))
        for _ in range(round(9 * canvas.right)):
            x = rng.uniform(0, canvas.right)
            _coral(
                canvas.pen(x, el.height_at(line, x) + 0.02, 0.07 + 0.13 * share * rng.random()),
                mix(
                    rng.choice((light.accent, rgb("#ff5d8f"), rgb("#ff9f1c"), rgb("#9b5de5"))),
                    tone,
                    0.75 - 0.55 * share,
                ),
                rng,
            )
    if words & details("whale"):
        belly = mix(blue, PAPER, 0.55)
        draw(canvas.pen(canvas.focus, bottom * 0.42, 0.5), "animals/whale", color=darker(blue, 0.62), belly=belly)
    hues = (rgb("#ffb703"), light.accent, rgb("#ff6b6b"), rgb("#f8f9fa"))
    for _ in range(11):
        x, y = canvas.focus + rng.gauss(0, 0.33), bottom * rng.uniform(0.32, 0.78)
        spot = canvas.pen(x, y, rng.uniform(0.035, 0.11), turn=rng.uniform(-12, 12))
        draw(spot, "animals/fish", color=rng.choice(hues))
    for _ in range(34):
        x, y, radius = rng.uniform(0, canvas.right), rng.uniform(0, bottom), rng.uniform(0.003, 0.013)
        canvas.ring(x, y, radius, 0.0025, veil(PAPER, 0.5))


def _coral(pen: Pen, color: Rgb, rng: Random) -> None:
    for step in range(5):
        lean = (step - 2) * 0.24 + rng.uniform(-0.08, 0.08)
        pen.stroke([(0, 0), (lean * 0.5, -0.4), (lean, -rng.uniform(0.65, 1))], 0.15, color, to_width=0.09)
