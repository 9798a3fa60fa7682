"""Skylines and roads."""

from random import Random

from service.sandbox.pictures.canvas import Canvas
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.figures import draw
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
            foot, size = horizon + 0.012 + (bottom - horizon) * share**2.2, 0.1 + 0.5 * share**1.8
            spot = canvas.pen(x, foot, size, flip=side > 0)
            draw(spot, "buildings/street-lamp", light, color=darker(light.land, 0.35))
    body = light.accent if light.accent != rgb("#ffcf4d") else rgb("#e5383b")
    draw(canvas.pen(canvas.focus + 0.03, bottom * 0.9, 0.62), "vehicles/car", light, body=body)
