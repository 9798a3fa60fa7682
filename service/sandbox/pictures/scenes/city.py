"""Skylines and roads."""

from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el


def city(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A skyline in three depths with lit windows, its towers mirrored in the water before it."""
    bottom = canvas.bottom
    quay = bottom * 0.8
    el.heavens(canvas, rng, light, quay, sun=(canvas.focus - 0.1, quay * 0.42), size=0.12)
    lamp = rgb("#ffd98a") if light.name != "neon" else light.accent
    for depth, (tall, wide) in enumerate(((0.34, 0.075), (0.46, 0.085), (0.52, 0.1))):
        tone = light.ground(0.3 + 0.33 * depth)
        _blocks(canvas, rng, quay, tall, wide, tone, lamp, lit=0.14 + 0.2 * depth, light=light)
        canvas.mist(quay - 0.3, quay, light.haze, 0.32 - 0.1 * depth)
    canvas.wash([(0, mix(light.water, light.sky[2], 0.35)), (1, darker(light.water, 0.55))], quay)
    _mirror(canvas, rng, quay, lamp, light)
    canvas.box(0, quay - 0.008, canvas.right, quay + 0.006, darker(light.land, 0.3))


def _blocks(
    canvas: Canvas,
    rng: Random,
    base: float,
    tall: float,
    wide: float,
    tone: Rgb,
    lamp: Rgb,
    *,
    lit: float,
    light: Light,
) -> None:
    x = -rng.uniform(0, wide)
    while x < canvas.right:
        width = wide * rng.uniform(0.7, 1.5)
        nearness = max(0.0, 1 - abs(x + width / 2 - canvas.focus) / 0.75)
        height = tall * rng.uniform(0.42, 0.8) * (0.75 + 0.65 * nearness * rng.uniform(0.6, 1.1))
        _tower(canvas, rng, x, base, width, height, tone, lamp, lit, light)
        x += width * rng.uniform(0.86, 1.12)


def _tower(
    canvas: Canvas,
    rng: Random,
    x: float,
    base: float,
    width: float,
    height: float,
    tone: Rgb,
    lamp: Rgb,
    lit: float,
    light: Light,
) -> None:
    top = base - height
    canvas.shaded(
        [(x, base), (x, top), (x + width, top), (x + width, base)], [(0, tone), (1, mix(tone, light.haze, 0.3))]
    )
    canvas.poly(
        [(x + width * 0.78, base), (x + width * 0.78, top), (x + width, top), (x + width, base)],
        veil(darker(tone, 0.6), 0.45),
    )
    roof = rng.randrange(5)
    middle = x + width / 2
    if roof == 0:
        canvas.poly([(x, top), (middle, top - width * 0.7), (x + width, top)], tone)
    elif roof == 1:
        canvas.box(x + width * 0.2, top - width * 0.3, x + width * 0.8, top, tone)
        canvas.line([(middle, top - width * 0.3), (middle, top - width * 1.1)], 0.004, tone)
        canvas.disc(middle, top - width * 1.1, 0.005, rgb("#ff4d4d"))
    elif roof == 2:
        canvas.poly([(x, top), (x + width, top - width * 0.45), (x + width, top)], tone)
    columns = max(2, round(width / 0.019))
    pitch = width * 0.86 / columns
    for row in range(int(height / 0.025)):
        for column in range(columns):
            if rng.random() < lit:
                left, high = x + width * 0.07 + column * pitch + pitch * 0.2, top + 0.018 + row * 0.025
                canvas.poly(
                    [
                        (left, high),
                        (left + pitch * 0.58, high),
                        (left + pitch * 0.58, high + 0.012),
                        (left, high + 0.012),
                    ],
                    mix(lamp, tone, rng.choice((0.05, 0.3, 0.5))),
                )


def _mirror(canvas: Canvas, rng: Random, quay: float, lamp: Rgb, light: Light) -> None:
    hues = (lamp, light.accent, light.sky[2], lighter(lamp, 0.3))
    for _ in range(round(60 * canvas.right)):
        x, hue = rng.uniform(0, canvas.right), rng.choice(hues)
        y = quay + 0.012
        while y < canvas.bottom and rng.random() < 0.88:
            half = rng.uniform(0.006, 0.024)
            canvas.disc(x + rng.gauss(0, 0.004), y, half, veil(hue, rng.uniform(0.18, 0.55)), tall=0.13)
            y += rng.uniform(0.008, 0.02)


def road(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A car on the road towards the sun."""
    bottom = canvas.bottom
    horizon = bottom * 0.54
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus + 0.02, horizon - 0.1), size=0.13)
    el.ground(canvas, el.ridge(canvas, rng, horizon - 0.05, 0.09, jagged=0.7), light.ground(0.25), light.ground(0.4))
    el.ground(
        canvas, el.ridge(canvas, rng, horizon + 0.005, 0.03, jagged=0.2), light.ground(0.6), darker(light.land, 0.2)
    )
    tar = mix(darker(light.land, 0.2), rgb("#3a3d4a"), 0.6)
    vanish = canvas.focus + 0.02
    canvas.shaded(
        [
            (vanish - 0.02, horizon + 0.01),
            (vanish + 0.02, horizon + 0.01),
            (vanish + 1.05, bottom),
            (vanish - 1.05, bottom),
        ],
        [(0, mix(tar, light.haze, 0.5)), (0.4, tar), (1, darker(tar, 0.35))],
    )
    for side in (-1, 1):
        canvas.poly(
            [
                (vanish + side * 0.018, horizon + 0.01),
                (vanish + side * 0.02, horizon + 0.01),
                (vanish + side * 1.0, bottom),
                (vanish + side * 0.95, bottom),
            ],
            veil(PAPER, 0.75),
        )
    for step in range(9):
        near, far = ((step + part) / 9.3 for part in (0.55, 0.0))
        y0, y1 = (horizon + 0.01 + (bottom - horizon) * share**2.2 for share in (far, near))
        w0, w1 = (0.001 + 0.032 * share**2.2 for share in (far, near))
        canvas.poly([(vanish - w0, y0), (vanish + w0, y0), (vanish + w1, y1), (vanish - w1, y1)], light.accent)
    for side in (-1, 1):
        for share in (0.3, 0.52, 0.8):
            x = vanish + side * (0.06 + 1.05 * share**1.8)
            _lamp(
                canvas.pen(x, horizon + 0.012 + (bottom - horizon) * share**2.2, 0.1 + 0.5 * share**1.8, flip=side > 0),
                darker(light.land, 0.35),
                light,
            )
    car(
        canvas.pen(canvas.focus + 0.03, bottom * 0.9, 0.62),
        light.accent if light.accent != rgb("#ffcf4d") else rgb("#e5383b"),
        light,
    )


def _lamp(pen: Pen, color: Rgb, light: Light) -> None:
    pen.line([(0, 0), (0, -0.85), (0.06, -0.95), (0.24, -0.97)], 0.022, color)
    pen.disc(0.24, -0.955, 0.045, veil(light.sun, 0.9), tall=0.5)


def car(pen: Pen, body: Rgb, light: Light) -> None:
    """A sports car about one and a half units wide in profile, wheels on the pen's origin."""
    pen.disc(0, -0.02, 0.8, veil(el.DARK, 0.55), tall=0.06)
    shell = [
        (-0.78, -0.12),
        (-0.79, -0.24),
        (-0.66, -0.31),
        (-0.42, -0.34),
        (-0.2, -0.49),
        (0.06, -0.525),
        (0.3, -0.48),
        (0.5, -0.365),
        (0.7, -0.35),
        (0.78, -0.29),
        (0.79, -0.14),
        (0.7, -0.09),
        (-0.7, -0.09),
    ]
    pen.shape(shell, body)
    pen.shape(
        [(-0.78, -0.13), (-0.4, -0.2), (0.3, -0.17), (0.79, -0.2), (0.78, -0.11), (0.68, -0.08), (-0.7, -0.08)],
        darker(body, 0.35),
    )
    pen.stroke([(-0.68, -0.29), (-0.4, -0.31), (0.1, -0.32), (0.72, -0.32)], 0.014, lighter(body, 0.45))
    pen.shape(
        [(-0.36, -0.345), (-0.18, -0.455), (0.02, -0.485), (0.02, -0.345)], mix(light.sky[0], rgb("#10141f"), 0.6)
    )
    pen.shape([(0.06, -0.345), (0.06, -0.487), (0.26, -0.455), (0.43, -0.36)], mix(light.sky[0], rgb("#10141f"), 0.6))
    pen.poly([(-0.27, -0.36), (-0.14, -0.455), (-0.09, -0.465), (-0.21, -0.36)], veil(PAPER, 0.35))
    pen.shape([(-0.79, -0.24), (-0.67, -0.28), (-0.64, -0.24), (-0.76, -0.2)], rgb("#fff3bf"))
    pen.shape([(0.7, -0.3), (0.785, -0.28), (0.785, -0.235), (0.7, -0.26)], rgb("#ff3b3b"))
    for reach in (0.14, 0.26, 0.4):
        pen.shape(
            [
                (-0.77, -0.25),
                (-0.79 - reach, -0.24),
                (-0.79 - reach * 1.25, -0.15),
                (-0.79 - reach, -0.06),
                (-0.77, -0.2),
            ],
            veil(rgb("#fff3bf"), 0.16),
        )
    for x in (-0.47, 0.47):
        pen.disc(x, -0.13, 0.155, rgb("#0c0d12"))
        pen.disc(x, -0.13, 0.1, rgb("#c9ced8"))
        pen.disc(x, -0.13, 0.078, rgb("#23262f"))
        for turn in range(0, 180, 36):
            spoke = pen.pen(x, -0.13, 1, turn=turn)
            spoke.line([(-0.085, 0), (0.085, 0)], 0.018, rgb("#c9ced8"))
        pen.disc(x, -0.13, 0.025, rgb("#c9ced8"))
