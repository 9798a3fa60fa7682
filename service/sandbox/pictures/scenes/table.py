"""Food and drink, on the table."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import bakery
from service.sandbox.pictures.scenes import elements as el

DRINKS = frozenset({"coffee", "tea", "espresso", "latte", "cappuccino", "cocoa", "cafe", "barista", "drink"})
SWEETS = frozenset(
    {"cake", "dessert", "bake", "baking", "cupcake", "chocolate", "birthday", "sweet", "pastry", "cookie", "bakery"}
)
BREAD = frozenset({"bread", "sourdough", "loaf", "baguette", "toast", "dough", "focaccia"})
BOWLS = frozenset(
    {
        "ramen",
        "noodle",
        "noodles",
        "soup",
        "salad",
        "rice",
        "pasta",
        "spaghetti",
        "bowl",
        "vegan",
        "healthy",
        "sushi",
        "curry",
    }
)
WALLS = (
    ("#ffb703", "#fb8500"),
    ("#ff6b6b", "#c9184a"),
    ("#2ec4b6", "#0f7c80"),
    ("#8ecae6", "#2f76b5"),
    ("#b5179e", "#560b6e"),
    ("#90be6d", "#43803f"),
)


def food(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A dish in the middle of a sunny wall and a wooden table: pizza, burger, bowl, bread, cake or coffee."""
    bottom = canvas.bottom
    edge = bottom * 0.7
    bright, deep = (rgb(code) for code in rng.choice(WALLS))
    if light.night:
        bright, deep = darker(bright, 0.25), darker(deep, 0.4)
    canvas.wash([(0, deep), (1, bright)], 0, edge)
    canvas.glow(canvas.focus, bottom * 0.48, 0.85, lighter(bright, 0.6), 0.9)
    _bokeh(canvas, rng, edge, lighter(bright, 0.5))
    _board(canvas, rng, edge)
    spot = canvas.pen(canvas.focus, bottom * 0.9, 0.66)
    spot.disc(0, 0.0, 0.72, veil(rgb("#2a1206"), 0.4), tall=0.13)
    if "pizza" in words:
        pizza(canvas.pen(canvas.focus, bottom * 0.53, 0.44, turn=rng.uniform(-20, 20)), rng)
    elif words & DRINKS:
        cup(spot, rng, lighter(bright, 0.75), deep)
    elif words & SWEETS and not words & BREAD:
        bakery.cake(spot, rng)
    elif words & BREAD:
        bakery.loaf(spot.pen(-0.09, 0, 0.8), rng)
    elif words & BOWLS:
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
    wood = rgb(rng.choice(("#b5763f", "#8a5a34", "#d19a62")))
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
    """A tall burger about one unit wide, standing at the pen's origin."""
    bun, meat = rgb("#e9a23b"), rgb("#6b3417")
    pen.box(-0.46, -0.2, 0.46, 0.0, darker(bun, 0.08), round_by=0.08)
    pen.box(-0.46, -0.2, 0.46, -0.14, lighter(bun, 0.25), round_by=0.03)
    leaf = [(-0.52 + step * 0.065, -0.215 + (0.045 if step % 2 else -0.012)) for step in range(17)]
    pen.shape([*leaf, (0.5, -0.3), (-0.5, -0.3)], rgb("#6cc24a"))
    pen.box(-0.5, -0.39, 0.5, -0.25, meat, round_by=0.065)
    pen.box(-0.47, -0.385, 0.42, -0.345, lighter(meat, 0.14), round_by=0.02)
    pen.poly(
        [
            (-0.5, -0.41),
            (0.5, -0.41),
            (0.44, -0.36),
            (0.28, -0.27),
            (0.16, -0.37),
            (-0.1, -0.365),
            (-0.26, -0.25),
            (-0.4, -0.37),
        ],
        rgb("#ffc93c"),
    )
    for x in (-0.3, 0.02, 0.31):
        pen.box(x - 0.155, -0.475, x + 0.155, -0.405, rgb("#e63946"), round_by=0.03)
        pen.box(x - 0.135, -0.47, x + 0.12, -0.45, rgb("#ff7b7b"), round_by=0.01)
    curl = [(-0.5 + step * 0.0625, -0.485 - (0.04 if step % 2 else -0.02)) for step in range(17)]
    pen.shape([*curl, (0.49, -0.53), (-0.49, -0.53)], rgb("#86d45c"))
    crown = [
        (-0.48, -0.53),
        (-0.46, -0.7),
        (-0.3, -0.86),
        (0, -0.92),
        (0.3, -0.86),
        (0.46, -0.7),
        (0.48, -0.53),
        (0.4, -0.505),
        (-0.4, -0.505),
    ]
    pen.shape(crown, bun)
    pen.shape(
        [(0.12, -0.9), (0.3, -0.86), (0.46, -0.7), (0.48, -0.53), (0.38, -0.51), (0.36, -0.68), (0.26, -0.81)],
        veil(darker(bun, 0.3), 0.55),
    )
    pen.shape(
        [(-0.4, -0.66), (-0.28, -0.8), (-0.08, -0.86), (-0.12, -0.81), (-0.27, -0.73), (-0.36, -0.62)],
        veil(PAPER, 0.35),
    )
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
    _salami(slice_pen.pen(0.56 * math.cos(middle), 0.56 * math.sin(middle), 0.14))
    for ring, count in ((0.32, 5), (0.63, 10)):
        for step in range(count):
            angle = math.tau * step / count + rng.uniform(-0.1, 0.1)
            if abs((angle - middle + math.pi) % math.tau - math.pi) < cut / 2 + 0.24:
                continue
            _salami(pen.pen(ring * math.cos(angle), ring * math.sin(angle), rng.uniform(0.115, 0.14)))
    for _ in range(16):
        angle, reach = rng.uniform(0.2, 4.9), rng.uniform(0.15, 0.74)
        pen.disc(
            reach * math.cos(angle), reach * math.sin(angle), 0.06, rgb("#3f8f3a"), tall=0.5, lean=rng.uniform(0, 180)
        )


def _salami(pen: Pen) -> None:
    pen.disc(0.06, 0.08, 1, veil(rgb("#7a1d0f"), 0.4))
    pen.disc(0, 0, 1, rgb("#c2331f"))
    pen.disc(0, 0, 0.84, rgb("#dd4a2f"))
    for x, y in ((-0.3, -0.35), (0.35, -0.15), (-0.1, 0.35), (0.3, 0.45)):
        pen.disc(x, y, 0.12, rgb("#f08a6b"))


def cup(pen: Pen, rng: Random, china: Rgb, deep: Rgb) -> None:
    """A cup of coffee on its saucer."""
    pen.disc(0, -0.03, 0.62, darker(china, 0.12), tall=0.17)
    pen.disc(0, -0.05, 0.6, china, tall=0.16)
    pen.disc(0, -0.05, 0.4, darker(china, 0.1), tall=0.15)
    pen.ring(0.5, -0.4, 0.17, 0.07, darker(china, 0.06), start=-100, end=110)
    pen.shape(
        [
            (-0.47, -0.62),
            (-0.44, -0.35),
            (-0.3, -0.12),
            (-0.12, -0.06),
            (0.12, -0.06),
            (0.3, -0.12),
            (0.44, -0.35),
            (0.47, -0.62),
        ],
        china,
    )
    pen.shape([(0.1, -0.6), (0.47, -0.62), (0.44, -0.35), (0.3, -0.12), (0.1, -0.06), (0.24, -0.3)], veil(deep, 0.16))
    pen.disc(0, -0.62, 0.47, darker(china, 0.06), tall=0.24)
    pen.disc(0, -0.61, 0.425, rgb("#6f3d1c"), tall=0.22)
    pen.disc(0, -0.605, 0.37, rgb("#c98d55"), tall=0.2)
    heart = [
        (0, -0.54),
        (-0.19, -0.61),
        (-0.16, -0.665),
        (-0.06, -0.665),
        (0, -0.635),
        (0.06, -0.665),
        (0.16, -0.665),
        (0.19, -0.61),
    ]
    pen.shape(heart, rgb("#fbe9d0"))
    for _ in range(9):
        bean = pen.pen(
            rng.choice((-1, 1)) * rng.uniform(0.66, 1.0), rng.uniform(-0.04, 0.12), 0.05, turn=rng.uniform(0, 180)
        )
        bean.disc(0, 0, 1, rgb("#4a2511"), tall=0.66)
        bean.stroke([(-0.9, 0), (-0.3, 0.14), (0.3, -0.14), (0.9, 0)], 0.12, rgb("#2a1206"))


def bowl(pen: Pen, rng: Random, china: Rgb) -> None:
    """A deep bowl heaped with noodles, an egg, greens and chopsticks."""
    for lean in (0.0, 0.07):
        pen.line([(0.1 + lean, -0.5), (0.72 + lean, -1.02)], 0.032, rgb("#7a4419"), to_width=0.022)
    pen.disc(0, -0.47, 0.6, darker(china, 0.2), tall=0.25)
    pen.disc(0, -0.47, 0.56, rgb("#d98a3d"), tall=0.235)
    for _ in range(26):
        x, y = rng.uniform(-0.36, 0.3), rng.uniform(-0.52, -0.4)
        pen.stroke(
            [(x - 0.14, y), (x, y - rng.uniform(0.03, 0.09)), (x + 0.14, y + 0.01)],
            0.024,
            rgb(rng.choice(("#ffe08a", "#f8c95c", "#ffecb0"))),
        )
    for x in (-0.34, -0.23, -0.4):
        pen.disc(x, -0.52, 0.1, rgb("#4f9d45"), tall=0.6, lean=rng.uniform(-40, 40))
    for x, y in ((0.12, -0.53), (0.3, -0.47)):
        pen.disc(x, y, 0.125, rgb("#fffaf0"), tall=0.72)
        pen.disc(x, y, 0.068, rgb("#ff9f1c"), tall=0.75)
    for _ in range(12):
        pen.disc(rng.uniform(-0.3, 0.4), rng.uniform(-0.55, -0.38), 0.017, rgb("#8ac926"))
    pen.shape(
        [
            (-0.6, -0.45),
            (-0.52, -0.2),
            (-0.32, -0.04),
            (-0.2, 0.0),
            (0.2, 0.0),
            (0.32, -0.04),
            (0.52, -0.2),
            (0.6, -0.45),
            (0.3, -0.335),
            (0, -0.315),
            (-0.3, -0.335),
        ],
        china,
    )
    pen.stroke(
        [(-0.56, -0.36), (-0.28, -0.24), (0, -0.215), (0.28, -0.24), (0.56, -0.36)], 0.03, mix(china, PAPER, 0.75)
    )
    pen.shape(
        [(0.2, -0.3), (0.58, -0.42), (0.5, -0.2), (0.3, -0.03), (0.12, 0.0), (0.3, -0.15)],
        veil(darker(china, 0.6), 0.35),
    )
