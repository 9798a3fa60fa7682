"""Food and drink, on the table."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, rgb, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import bakery
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.schemes import schemes, shades
from service.sandbox.pictures.subjects import details


def food(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A dish in the middle of a sunny wall and a wooden table: pizza, burger, bowl, bread, cake or coffee."""
    bottom = canvas.bottom
    edge = bottom * 0.7
    bright, deep = rng.choice(schemes("dining-rooms"))
    if light.night:
        bright, deep = darker(bright, 0.25), darker(deep, 0.4)
    canvas.wash([(0, deep), (1, bright)], 0, edge)
    canvas.glow(canvas.focus, bottom * 0.48, 0.85, lighter(bright, 0.6), 0.9)
    _bokeh(canvas, rng, edge, lighter(bright, 0.5))
    _board(canvas, rng, edge)
    spot = canvas.pen(canvas.focus, bottom * 0.9, 0.66)
    spot.disc(0, 0.0, 0.72, veil(rgb("#2a1206"), 0.4), tall=0.13)
    if words & details("pizza"):
        pizza(canvas.pen(canvas.focus, bottom * 0.53, 0.44, turn=rng.uniform(-20, 20)), rng)
    elif words & details("drinks"):
        cup(spot, rng, lighter(bright, 0.75), deep)
    elif words & details("sweets") and not words & details("bread"):
        bakery.cake(spot, rng)
    elif words & details("bread"):
        bakery.loaf(spot.pen(-0.09, 0, 0.8), rng)
    elif words & details("bowls"):
        bowl(spot, rng, deep)
    else:
        burger(spot, rng)
    _steam(canvas, rng, bottom * 0.3)


def _bokeh(canvas: Canvas, rng: Random, edge: float, color: Rgb) -> None:
    for _ in range(26):
        canvas.disc(
            rng.uniform(0, canvas.right),
            rng.uniform(0, edge),
            rng.uniform(0.015, 0.07),
            veil(color, rng.uniform(0.05, 0.16)),
        )


def _board(canvas: Canvas, rng: Random, edge: float) -> None:
    wood = rng.choice(shades("woods"))
    canvas.wash([(0, lighter(wood, 0.12)), (1, darker(wood, 0.35))], edge)
    canvas.wash([(0, lighter(wood, 0.4)), (1, wood)], edge, edge + 0.014)
    for _ in range(16):
        y, x = edge + (canvas.bottom - edge) * rng.random(), rng.uniform(-0.2, canvas.right)
        canvas.line(
            [(x, y), (x + rng.uniform(0.2, 0.7), y + rng.uniform(-0.002, 0.002))], 0.0025, veil(darker(wood, 0.5), 0.4)
        )
    for row in (0.34, 0.7):
        y = edge + (canvas.bottom - edge) * row
        canvas.line([(0, y), (canvas.right, y)], 0.004, veil(darker(wood, 0.6), 0.6))


def _steam(canvas: Canvas, rng: Random, top: float) -> None:
    for offset in (-0.12, 0.0, 0.12):
        x, sway = canvas.focus + offset, rng.uniform(0.02, 0.035)
        path = [(x + sway * math.sin(step * 1.1 + offset * 20), top + 0.02 - step * 0.035) for step in range(6)]
        canvas.stroke(path, 0.02, veil(PAPER, 0.08), to_width=0.006)
        canvas.stroke(path, 0.009, veil(PAPER, 0.16), to_width=0.003)


def burger(pen: Pen, rng: Random) -> None:
    """A tall burger about one unit wide, its bun strewn with seeds."""
    draw(pen, "food/burger")
    for _ in range(17):
        x, y = rng.uniform(-0.33, 0.33), rng.uniform(-0.86, -0.64)
        if y > -0.9 + abs(x) * 0.55:
            pen.disc(x, y, 0.02, rgb("#fff1cf"), tall=0.6, lean=rng.uniform(-50, 50))


def pizza(pen: Pen, rng: Random) -> None:
    """A pizza of radius one seen from above, a slice pulled out."""
    cut = math.radians(42)
    rim = [
        (math.cos(angle), math.sin(angle))
        for angle in (cut / 2 - 0.9 + (math.tau - cut) * step / 80 for step in range(81))
    ]
    pen.disc(0.04, 0.06, 1.04, veil(rgb("#2a1206"), 0.4))
    for scale, tone in ((1.0, "#c9782f"), (0.97, "#e8a857"), (0.84, "#b8321f"), (0.81, "#f6c445")):
        pen.poly([(0.0, 0.0), *((x * scale, y * scale) for x, y in rim)], rgb(tone))
    middle = -0.9
    slice_pen = pen.pen(0.16 * math.cos(middle), 0.16 * math.sin(middle), 1)
    wedge = [(math.cos(angle), math.sin(angle)) for angle in (middle - cut / 2 + cut * step / 12 for step in range(13))]
    for scale, tone in ((1.0, "#c9782f"), (0.97, "#e8a857"), (0.84, "#b8321f"), (0.81, "#f6c445")):
        slice_pen.poly([(0.0, 0.0), *((x * scale, y * scale) for x, y in wedge)], rgb(tone))
    draw(slice_pen.pen(0.56 * math.cos(middle), 0.56 * math.sin(middle), 0.14), "food/salami")
    for ring, count in ((0.32, 5), (0.63, 10)):
        for step in range(count):
            angle = math.tau * step / count + rng.uniform(-0.1, 0.1)
            if abs((angle - middle + math.pi) % math.tau - math.pi) < cut / 2 + 0.24:
                continue
            spot = pen.pen(ring * math.cos(angle), ring * math.sin(angle), rng.uniform(0.115, 0.14))
            draw(spot, "food/salami")
    for _ in range(16):
        angle, reach = rng.uniform(0.2, 4.9), rng.uniform(0.15, 0.74)
        pen.disc(
            reach * math.cos(angle), reach * math.sin(angle), 0.06, rgb("#3f8f3a"), tall=0.5, lean=rng.uniform(0, 180)
        )


def cup(pen: Pen, rng: Random, china: Rgb, deep: Rgb) -> None:
    """A cup of coffee on its saucer, beans strewn about it."""
    draw(pen, "food/cup", china=china, deep=deep)
    for _ in range(9):
        x, y = rng.choice((-1, 1)) * rng.uniform(0.66, 1.0), rng.uniform(-0.04, 0.12)
        draw(pen.pen(x, y, 0.05, turn=rng.uniform(0, 180)), "food/bean")


def bowl(pen: Pen, rng: Random, china: Rgb) -> None:
    """A deep bowl heaped with noodles, an egg, greens and chopsticks."""
    draw(pen, "food/soup", china=china)
    for _ in range(26):
        x, y = rng.uniform(-0.36, 0.3), rng.uniform(-0.52, -0.4)
        noodle = [(x - 0.14, y), (x, y - rng.uniform(0.03, 0.09)), (x + 0.14, y + 0.01)]
        pen.stroke(noodle, 0.024, rng.choice(shades("noodles")))
    draw(pen, "food/ramen")
    for _ in range(12):
        pen.disc(rng.uniform(-0.3, 0.4), rng.uniform(-0.55, -0.38), 0.017, rgb("#8ac926"))
    draw(pen, "food/bowl", china=china)
