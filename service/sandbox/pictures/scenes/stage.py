"""Music, games, money."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.schemes import schemes
from service.sandbox.pictures.subjects import details


def music(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Stage lights, an equaliser and a spinning record, or an electric guitar."""
    deep, middle, bright = rng.choice(schemes("stages"))
    bottom = canvas.bottom
    canvas.wash([(0, deep), (0.7, middle), (1, mix(middle, deep, 0.5))])
    _beams(canvas, rng, bright, middle)
    bars = round(30 * canvas.right)
    for index in range(bars):
        x = canvas.right * (index + 0.5) / bars
        height = bottom * (
            0.06 + 0.34 * abs(math.sin(index * 0.37 + 1) * math.cos(index * 0.11)) * rng.uniform(0.6, 1.1)
        )
        wide = canvas.right / bars * 0.32
        canvas.shaded(
            [(x - wide, bottom), (x - wide, bottom - height), (x + wide, bottom - height), (x + wide, bottom)],
            [(0, bright), (1, mix(middle, bright, 0.25))],
        )
    if words & details("guitar"):
        canvas.glow(canvas.focus, bottom * 0.5, 0.6, bright, 0.6)
        body = rgb("#e63946") if bright != rgb("#ff4ecd") else rgb("#ffb703")
        draw(canvas.pen(canvas.focus - 0.2, bottom * 0.7, 0.78, turn=34), "things/guitar", body=body)
    else:
        canvas.glow(canvas.focus, bottom * 0.47, 0.62, bright, 0.85)
        draw(canvas.pen(canvas.focus, bottom * 0.47, 0.34), "things/record", label=bright, middle=middle)
    for _ in range(9):
        x, y = canvas.focus + rng.choice((-1, 1)) * rng.uniform(0.36, 0.72), bottom * rng.uniform(0.12, 0.68)
        spot = canvas.pen(x, y, rng.uniform(0.05, 0.1), turn=rng.uniform(-15, 15))
        draw(spot, "things/note", color=lighter(bright, 0.55))


def _beams(canvas: Canvas, rng: Random, bright: Rgb, middle: Rgb) -> None:
    for index in range(9):
        x = canvas.right * (index + 0.5) / 9
        lean = (canvas.focus - x) * rng.uniform(0.4, 1.1)
        canvas.poly(
            [(x - 0.012, 0), (x + 0.012, 0), (x + lean + 0.12, canvas.bottom), (x + lean - 0.12, canvas.bottom)],
            veil(lighter(bright if index % 2 else middle, 0.35), 0.16),
        )
        canvas.glow(x, 0, 0.1, lighter(bright, 0.5), 0.9)


def gaming(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A neon horizon with its grid and striped sun, a controller in front."""
    deep, middle, bright = rng.choice(schemes("stages"))
    bottom = canvas.bottom
    horizon = bottom * 0.6
    canvas.wash([(0, deep), (1, middle)], 0, horizon)
    el.stars(canvas, rng, horizon, round(110 * canvas.right))
    sun_y, radius = horizon - 0.16, 0.31
    canvas.glow(canvas.focus, sun_y, 0.75, bright, 0.7)
    for step in range(40):
        y0, y1 = (sun_y - radius + 2 * radius * part / 40 for part in (step, step + 1))
        if y1 > horizon or (y0 > sun_y - 0.02 and (step % 4) >= 4 - round(1 + (y0 - sun_y) / radius * 2)):
            continue
        half = math.sqrt(max(0.0, radius**2 - ((y0 + y1) / 2 - sun_y) ** 2))
        canvas.poly(
            [
                (canvas.focus - half, y0),
                (canvas.focus + half, y0),
                (canvas.focus + half, y1 + 0.001),
                (canvas.focus - half, y1 + 0.001),
            ],
            mix(rgb("#ffe066"), bright, step / 40),
        )
    el.ground(canvas, el.ridge(canvas, rng, horizon - 0.01, 0.1, jagged=0.9, points=40), darker(middle, 0.55), deep)
    canvas.wash([(0, mix(deep, middle, 0.6)), (1, darker(deep, 0.4))], horizon)
    for step in range(-26, 27):
        canvas.line(
            [(canvas.focus + step * 0.045, horizon), (canvas.focus + step * 0.32, bottom)],
            0.003,
            veil(bright, 0.75),
            to_width=0.006,
        )
    for step in range(11):
        y = horizon + (bottom - horizon) * (step / 10) ** 2
        canvas.line([(0, y), (canvas.right, y)], 0.002 + 0.004 * step / 10, veil(bright, 0.8))
    draw(canvas.pen(canvas.focus, bottom * 0.64, 0.4, turn=-9), "things/controller", bright=bright)


def money(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A rising chart with its arrow, stacks of coins in front."""
    down = bool(words & details("loss"))
    deep, bright = (rgb("#2a0608"), rgb("#ff4d4d")) if down else (rgb("#04211a"), rgb("#2ee59d"))
    bottom = canvas.bottom
    canvas.wash([(0, deep), (0.7, mix(deep, bright, 0.35)), (1, darker(deep, 0.4))])
    canvas.glow(canvas.focus, bottom * 0.5, 0.8, mix(deep, bright, 0.7), 0.6)
    for step in range(1, 8):
        canvas.line([(0, bottom * step / 8), (canvas.right, bottom * step / 8)], 0.002, veil(PAPER, 0.1))
    heights = [0.16, 0.25, 0.22, 0.37, 0.46, 0.6]
    if down:
        heights.reverse()
    left, pitch, base = canvas.focus - 0.55, 0.185, bottom * 0.9
    tips = []
    for index, height in enumerate(heights):
        x = left + index * pitch
        top = base - height * bottom * rng.uniform(0.93, 1.03)
        canvas.shaded(
            [(x, base), (x, top), (x + 0.13, top), (x + 0.13, base)], [(0, bright), (1, mix(deep, bright, 0.35))]
        )
        canvas.poly([(x + 0.095, base), (x + 0.095, top), (x + 0.13, top), (x + 0.13, base)], veil(deep, 0.4))
        tips.append((x + 0.065, top - 0.075))
    arrow(canvas, tips, rgb("#ffd23f") if not down else PAPER)
    canvas.wash([(0, mix(deep, bright, 0.2)), (1, darker(deep, 0.6))], base)
    for x, count in ((-0.66, 6), (-0.46, 3), (0.42, 4), (0.64, 8)):
        for coin_at in range(count):
            at = canvas.focus + x + rng.uniform(-0.006, 0.006)
            draw(canvas.pen(at, base + 0.045 - coin_at * 0.036, 0.095), "things/coin")


def arrow(canvas: Canvas, path: list[tuple[float, float]], color: Rgb) -> None:
    """A broken line through the points, ending in a head."""
    for width, tone, shift in ((0.042, veil(el.DARK, 0.4), 0.012), (0.034, color, 0.0)):
        points = [(x, y + shift) for x, y in path]
        (x0, y0), (x1, y1) = points[-2:]
        turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
        canvas.line(points, width, tone)
        canvas.pen(x1, y1, 1, turn=turn).poly([(-0.01, -0.075), (0.11, 0), (-0.01, 0.075)], tone)
