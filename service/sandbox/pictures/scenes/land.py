"""Mountains, forests, deserts, meadows."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.subjects import details


def mountains(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Snowy peaks over hazy ranges and firs, a hiker on the near ledge."""
    bottom = canvas.bottom
    horizon = bottom * 0.62
    sunny = rng.choice((-1.0, 1.0))
    sun = (canvas.focus + 0.34 * sunny, horizon * 0.42)
    el.heavens(canvas, rng, light, horizon, sun=sun, size=0.06)
    el.ground(canvas, el.ridge(canvas, rng, horizon - 0.09, 0.09, jagged=0.8), light.ground(0.12), light.haze)
    for offset, top, half in ((-0.78, 0.34, 0.42), (0.62, 0.3, 0.45), (-0.36, 0.24, 0.4), (0.0, 0.12, 0.5)):
        x = canvas.focus + offset + rng.uniform(-0.06, 0.06)
        el.peak(
            canvas,
            rng,
            x,
            bottom * (top + rng.uniform(-0.02, 0.03)),
            horizon + 0.14,
            half,
            light.ground(0.38),
            light,
            sunny,
        )
    canvas.mist(horizon - 0.12, horizon + 0.14, light.haze, 0.75)
    for share in (0.42, 0.62, 0.8):
        line = el.ridge(canvas, rng, horizon + 0.02 + (share - 0.4) * 0.52, 0.035, jagged=0.3)
        tone = mix(light.ground(share), light.leaf, 0.3)
        el.treeline(canvas, rng, line, tone, 0.05 + 0.09 * (share - 0.4), 0.022 + 0.03 * (share - 0.4))
        el.ground(canvas, line, tone, mix(tone, light.haze, 0.25))
    _ledge(canvas, rng, light, words)
    el.birds(canvas, rng, canvas.focus - 0.3 * sunny, bottom * 0.24, 7, mix(light.land, light.sky[0], 0.3))


def _ledge(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    bottom = canvas.bottom
    rock = darker(light.land, 0.25)
    x = canvas.focus + 0.06
    draw(canvas.pen(x, bottom, 1), "nature/ledge", light, rock=rock)
    pose = "cheer" if words & details("summit") else "hike"
    el.backpacker(canvas.pen(x, bottom - 0.125, 0.3), pose, darker(rock, 0.3), light.accent)
    for _ in range(4):
        el.pine(canvas.pen(x + rng.uniform(0.5, 0.9), bottom + 0.02, rng.uniform(0.32, 0.5)), darker(rock, 0.1), rng)
    for _ in range(3):
        el.pine(canvas.pen(x - rng.uniform(1.15, 1.5), bottom + 0.05, rng.uniform(0.28, 0.46)), darker(rock, 0.1), rng)


def forest(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Rows of firs thinning into mist, shafts of light, a deer in the clearing."""
    bottom = canvas.bottom
    canvas.wash([(0, mix(light.sky[1], light.haze, 0.3)), (0.6, light.sky[2]), (1, light.haze)])
    canvas.glow(canvas.focus, bottom * 0.4, 0.75, light.sun, 0.95)
    for share in (0.1, 0.26, 0.44):
        line = el.ridge(canvas, rng, bottom * (0.6 + share * 0.3), 0.03, jagged=0.1)
        tone = mix(light.ground(share), light.leaf, share)
        el.treeline(canvas, rng, line, tone, 0.42 + share * 0.5, 0.075 + share * 0.06)
        el.ground(canvas, line, tone, mix(tone, light.haze, 0.5))
        canvas.mist(bottom * (0.5 + share * 0.2), bottom * (0.8 + share * 0.2), light.haze, 0.42)
    _shafts(canvas, rng, light)
    floor = el.ridge(canvas, rng, bottom * 0.86, 0.02, jagged=0.05)
    near = darker(mix(light.land, light.leaf, 0.35), 0.15)
    el.ground(canvas, floor, near, darker(near, 0.5))
    stag = canvas.pen(canvas.focus, bottom * 0.88, 0.3, flip=rng.random() < 0.5)
    draw(stag, "animals/deer", color=darker(near, 0.45))
    for x in (-0.62, -0.5, 0.55, 0.74, -0.95, 1.0):
        spot = canvas.focus + x + rng.uniform(-0.05, 0.05)
        el.pine(canvas.pen(spot, bottom * 1.02, rng.uniform(0.75, 1.05)), darker(near, rng.uniform(0.3, 0.5)), rng)
    for _ in range(60):
        x = rng.uniform(0, canvas.right)
        grass(canvas.pen(x, bottom * rng.uniform(0.9, 1.02), rng.uniform(0.03, 0.06)), darker(near, 0.35), rng)


def _shafts(canvas: Canvas, rng: Random, light: Light) -> None:
    for _ in range(6):
        x, lean = canvas.focus + rng.uniform(-0.5, 0.3), rng.uniform(0.2, 0.34)
        wide = rng.uniform(0.02, 0.06)
        canvas.poly(
            [(x, 0), (x + wide, 0), (x + wide * 2.6 + lean, canvas.bottom), (x + lean, canvas.bottom)],
            veil(light.sun, 0.1),
        )


def grass(pen: Pen, color: Rgb, rng: Random) -> None:
    """A tuft one unit high."""
    for _ in range(5):
        lean = rng.uniform(-0.5, 0.5)
        pen.poly([(lean * 0.2 - 0.06, 0), (lean, -rng.uniform(0.7, 1)), (lean * 0.2 + 0.06, 0)], color)


def desert(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Dunes under a great sun, cacti or pyramids, a line of camels' tracks."""
    bottom = canvas.bottom
    horizon = bottom * 0.6
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus + 0.05, horizon * 0.62), size=0.13)
    sand = mix(rgb("#e9a15b"), light.haze, 0.35) if not light.night else mix(rgb("#8a6a6a"), light.haze, 0.5)
    if words & details("pyramids"):
        for x, size in ((0.34, 0.24), (-0.3, 0.3), (0.06, 0.42)):
            _pyramid(canvas, canvas.focus + x, horizon + 0.03, size, mix(sand, light.land, 0.25), light)
    else:
        el.ground(canvas, el.ridge(canvas, rng, horizon - 0.03, 0.06, jagged=0.6), light.ground(0.3), light.ground(0.2))
    for share in (0.0, 0.3, 0.62, 1.0):
        line = el.ridge(canvas, rng, horizon + 0.02 + share * 0.3, 0.05 + 0.03 * share, jagged=0.0)
        lit = mix(lighter(sand, 0.2 - 0.2 * share), light.sky[2], 0.25)
        el.ground(canvas, line, lit, mix(sand, light.land, 0.25 + 0.4 * share))
    for x, size in ((-0.5, 0.2), (0.42, 0.34), (0.72, 0.18)):
        spot = canvas.pen(canvas.focus + x, bottom * (0.84 + size * 0.4), size)
        draw(spot, "nature/cactus", color=mix(darker(light.land, 0.1), rgb("#1f5c3a"), 0.4))


def _pyramid(canvas: Canvas, x: float, base: float, size: float, color: Rgb, light: Light) -> None:
    canvas.shaded(
        [(x, base - size * 0.72), (x - size * 0.62, base), (x + size * 0.14, base)],
        [(0, mix(color, light.sun, 0.4)), (1, mix(color, light.haze, 0.3))],
    )
    canvas.shaded(
        [(x, base - size * 0.72), (x + size * 0.14, base), (x + size * 0.62, base)],
        [(0, darker(color, 0.3)), (1, mix(color, light.haze, 0.2))],
    )


def meadow(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Rolling hills, a lone tree and a field of flowers."""
    bottom = canvas.bottom
    horizon = bottom * 0.5
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus - 0.3, horizon * 0.5))
    green = mix(rgb("#5fae4a"), light.land, 0.45 if light.night else 0.12)
    for share in (0.0, 0.25, 0.5, 0.8):
        line = el.ridge(canvas, rng, horizon + share * 0.36, 0.05, jagged=0.0)
        el.ground(
            canvas,
            line,
            mix(light.haze, lighter(green, 0.15), 0.35 + 0.65 * share),
            mix(light.haze, darker(green, 0.3), 0.4 + 0.6 * share),
        )
        if share == 0.25:
            x = canvas.focus + 0.1
            el.leafy(
                canvas.pen(x, el.height_at(line, x) + 0.01, 0.34),
                darker(light.land, 0.1),
                mix(green, light.accent, 0.12),
                rng,
            )
    hues = [light.accent, rgb("#ff5d8f"), rgb("#ffd23f"), PAPER, rgb("#b388ff")]
    for row in range(14):
        y = bottom * (0.74 + 0.3 * (row / 13) ** 1.2)
        size = 0.012 + 0.06 * (row / 13) ** 1.6
        for _ in range(round((26 - row) * canvas.right)):
            flower(
                canvas.pen(rng.uniform(0, canvas.right), y + rng.uniform(-0.02, 0.02), size * rng.uniform(0.7, 1.2)),
                rng.choice(hues),
                darker(green, 0.3),
                rng,
            )


def flower(pen: Pen, petal: Rgb, stem: Rgb, rng: Random) -> None:
    """One bloom of radius half a unit on its stem."""
    pen.line([(0, 0), (rng.uniform(-0.2, 0.2), 1.3)], 0.1, stem)
    turn = rng.uniform(0, 60)
    for step in range(6):
        angle = math.radians(turn + step * 60)
        pen.disc(math.cos(angle) * 0.3, math.sin(angle) * 0.26, 0.24, petal if step % 2 else lighter(petal, 0.15))
    pen.disc(0, 0, 0.17, rgb("#ffb703") if petal != rgb("#ffd23f") else rgb("#8a4b12"))
