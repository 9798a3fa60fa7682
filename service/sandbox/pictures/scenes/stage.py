"""Music, games, money."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el

STAGES = (
    ("#12041f", "#6a11cb", "#ff4ecd"),
    ("#021026", "#0b5fd8", "#3ef0ff"),
    ("#1c0505", "#b3131f", "#ffb703"),
    ("#03170f", "#08775a", "#b8ff5c"),
)


def music(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Stage lights, an equaliser and a spinning record, or an electric guitar."""
    deep, middle, bright = (rgb(code) for code in rng.choice(STAGES))
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
    if words & {"guitar", "rock", "metal", "band", "concert", "solo"}:
        canvas.glow(canvas.focus, bottom * 0.5, 0.6, bright, 0.6)
        guitar(
            canvas.pen(canvas.focus - 0.2, bottom * 0.7, 0.78, turn=34),
            rgb("#e63946") if bright != rgb("#ff4ecd") else rgb("#ffb703"),
        )
    else:
        canvas.glow(canvas.focus, bottom * 0.47, 0.62, bright, 0.85)
        record(canvas.pen(canvas.focus, bottom * 0.47, 0.34), bright, middle)
    for _ in range(9):
        x, y = canvas.focus + rng.choice((-1, 1)) * rng.uniform(0.36, 0.72), bottom * rng.uniform(0.12, 0.68)
        note(canvas.pen(x, y, rng.uniform(0.05, 0.1), turn=rng.uniform(-15, 15)), lighter(bright, 0.55))


def _beams(canvas: Canvas, rng: Random, bright: Rgb, middle: Rgb) -> None:
    for index in range(9):
        x = canvas.right * (index + 0.5) / 9
        lean = (canvas.focus - x) * rng.uniform(0.4, 1.1)
        canvas.poly(
            [(x - 0.012, 0), (x + 0.012, 0), (x + lean + 0.12, canvas.bottom), (x + lean - 0.12, canvas.bottom)],
            veil(lighter(bright if index % 2 else middle, 0.35), 0.16),
        )
        canvas.glow(x, 0, 0.1, lighter(bright, 0.5), 0.9)


def record(pen: Pen, label: Rgb, middle: Rgb) -> None:
    """A long-playing record of radius one."""
    pen.disc(0.04, 0.06, 1.02, veil(el.DARK, 0.5))
    pen.disc(0, 0, 1, rgb("#101014"))
    for radius in range(44, 98, 5):
        pen.ring(0, 0, radius / 100, 0.007, rgb("#2b2b33"))
    for turn in (-50, 130):
        pen.pen(0, 0, 1, turn=turn).poly([(0, 0), (0.95, -0.2), (0.97, 0.05), (0.93, 0.24)], veil(PAPER, 0.1))
    pen.disc(0, 0, 0.38, label)
    pen.ring(0, 0, 0.3, 0.02, darker(label, 0.25))
    pen.box(-0.2, -0.2, 0.2, -0.14, darker(middle, 0.3), round_by=0.03)
    pen.box(-0.14, 0.12, 0.14, 0.17, darker(middle, 0.3), round_by=0.03)
    pen.disc(0, 0, 0.045, rgb("#101014"))


def note(pen: Pen, color: Rgb) -> None:
    """A pair of quavers about two units wide."""
    for x in (-0.6, 0.6):
        pen.disc(x - 0.2, 0.62, 0.28, color, tall=0.72, lean=-20)
        pen.line([(x + 0.04, 0.55), (x + 0.04, -0.75 - (0.14 if x > 0 else 0))], 0.1, color)
    pen.poly([(-0.61, -0.8), (0.69, -0.98), (0.69, -0.66), (-0.61, -0.48)], color)


def guitar(pen: Pen, body: Rgb) -> None:
    """An electric guitar, its body at the pen's origin and its neck one unit up."""
    pen.box(-0.035, -0.82, 0.035, -0.1, rgb("#7a4a21"))
    for step in range(13):
        pen.line([(-0.033, -0.8 + step * 0.052), (0.033, -0.8 + step * 0.052)], 0.004, rgb("#e8d9b5"))
    pen.shape([(-0.05, -0.82), (-0.07, -0.9), (-0.03, -1.02), (0.06, -1.0), (0.055, -0.82)], darker(body, 0.3))
    for step in range(3):
        for x in (-0.075, 0.075):
            pen.disc(x, -0.86 - step * 0.055, 0.014, rgb("#dee2e6"))
    shape = [
        (-0.05, -0.2),
        (-0.16, -0.3),
        (-0.25, -0.2),
        (-0.19, -0.03),
        (-0.27, 0.13),
        (-0.22, 0.3),
        (0, 0.36),
        (0.22, 0.3),
        (0.28, 0.12),
        (0.18, -0.03),
        (0.22, -0.18),
        (0.14, -0.25),
        (0.05, -0.15),
    ]
    pen.shape([(x + 0.02, y + 0.02) for x, y in shape], darker(body, 0.5))
    pen.shape(shape, body)
    pen.shape(
        [(-0.02, -0.16), (0.1, -0.1), (0.12, 0.06), (0.2, 0.2), (0.08, 0.28), (-0.06, 0.22), (-0.1, 0.02)],
        rgb("#f8f9fa"),
    )
    for y in (-0.04, 0.07):
        pen.box(-0.065, y, 0.065, y + 0.045, rgb("#212529"), round_by=0.01)
    pen.box(-0.07, 0.17, 0.07, 0.2, rgb("#adb5bd"), round_by=0.01)
    for x in (-0.02, -0.008, 0.008, 0.02):
        pen.line([(x, -0.95), (x, 0.185)], 0.004, rgb("#f1f3f5"))
    for x, y in ((0.16, 0.22), (0.12, 0.28)):
        pen.disc(x, y, 0.022, rgb("#212529"))


def gaming(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A neon horizon with its grid and striped sun, a controller in front."""
    deep, middle, bright = (rgb(code) for code in rng.choice(STAGES))
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
    controller(canvas.pen(canvas.focus, bottom * 0.64, 0.4, turn=-9), rgb("#f1f3f8"), bright)


def controller(pen: Pen, shell: Rgb, bright: Rgb) -> None:
    """A game controller two units wide around the pen's origin."""
    outline = [
        (-0.55, -0.5),
        (-0.2, -0.42),
        (0.2, -0.42),
        (0.55, -0.5),
        (0.86, -0.34),
        (1.02, 0.2),
        (1.0, 0.58),
        (0.78, 0.64),
        (0.5, 0.3),
        (0.2, 0.2),
        (-0.2, 0.2),
        (-0.5, 0.3),
        (-0.78, 0.64),
        (-1.0, 0.58),
        (-1.02, 0.2),
        (-0.86, -0.34),
    ]
    pen.shape([(x * 1.06, y * 1.08 + 0.03) for x, y in outline], veil(bright, 0.55))
    pen.shape([(x, y + 0.07) for x, y in outline], rgb("#8d95ab"))
    pen.shape(outline, shell)
    pen.box(-0.22, -0.36, 0.22, -0.08, rgb("#2b3046"), round_by=0.05)
    pen.disc(0, -0.22, 0.05, bright)
    for turn in (0, 90):
        pen.pen(-0.56, -0.16, 1, turn=turn).box(-0.2, -0.065, 0.2, 0.065, rgb("#2b3046"), round_by=0.03)
    for dx, dy, tone in ((0, -0.15, "#4ade80"), (0.15, 0, "#ff5d5d"), (0, 0.15, "#4cc9f0"), (-0.15, 0, "#ffd23f")):
        pen.disc(0.56 + dx, -0.16 + dy, 0.075, rgb(tone))
    for x in (-0.27, 0.27):
        pen.disc(x, 0.08, 0.15, rgb("#2b3046"))
        pen.disc(x - 0.015, 0.06, 0.1, rgb("#4a5273"))


def money(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A rising chart with its arrow, stacks of coins in front."""
    down = bool(words & {"crash", "lost", "loss", "debt", "broke", "recession", "bankrupt"})
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
            coin(canvas.pen(canvas.focus + x + rng.uniform(-0.006, 0.006), base + 0.045 - coin_at * 0.036, 0.095))


def arrow(canvas: Canvas, path: list[tuple[float, float]], color: Rgb) -> None:
    """A broken line through the points, ending in a head."""
    for width, tone, shift in ((0.042, veil(el.DARK, 0.4), 0.012), (0.034, color, 0.0)):
        points = [(x, y + shift) for x, y in path]
        (x0, y0), (x1, y1) = points[-2:]
        turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
        canvas.line(points, width, tone)
        canvas.pen(x1, y1, 1, turn=turn).poly([(-0.01, -0.075), (0.11, 0), (-0.01, 0.075)], tone)


def coin(pen: Pen) -> None:
    """A gold coin lying flat, one unit in radius."""
    pen.disc(0, 0.2, 1, rgb("#a86a06"), tall=0.36)
    pen.box(-1, 0, 1, 0.2, rgb("#c98a12"))
    pen.disc(0, 0, 1, rgb("#ffcf3f"), tall=0.36)
    pen.disc(0, 0, 0.78, rgb("#e8a91c"), tall=0.36)
    pen.disc(0, 0.01, 0.7, rgb("#ffd966"), tall=0.36)
