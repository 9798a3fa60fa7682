"""Code, machines, laboratories, books."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.schemes import schemes, shades
from service.sandbox.pictures.subjects import details

FLASKS = ((-0.32, 0.4, "#4ade80", "round"), (0.0, 0.5, "#ff5fa2", "conical"), (0.36, 0.36, "#4cc9f0", "round"))


def _room(canvas: Canvas, rng: Random) -> tuple[Rgb, Rgb, Rgb]:
    """A dark room lit by its subject: deep, middle and glowing colour."""
    deep, middle, bright = rng.choice(schemes("dark-rooms"))
    canvas.wash([(0, deep), (0.75, mix(deep, middle, 0.75)), (1, deep)])
    canvas.glow(canvas.focus, canvas.bottom * 0.46, 0.95, mix(middle, bright, 0.45), 0.85)
    return deep, middle, bright


def tech(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A laptop full of code, or a robot where the talk is of AI, before a wall of circuits."""
    deep, middle, bright = _room(canvas, rng)
    _circuits(canvas, rng, mix(middle, bright, 0.4))
    desk = canvas.bottom * 0.83
    canvas.wash([(0, mix(deep, middle, 0.45)), (1, darker(deep, 0.5))], desk)
    canvas.box(0, desk, canvas.right, desk + 0.006, mix(middle, bright, 0.6))
    if words & details("robots"):
        draw(canvas.pen(canvas.focus, canvas.bottom * 0.99, 0.86), "people/robot", middle=middle, bright=bright)
    else:
        laptop(canvas.pen(canvas.focus, desk + 0.045, 0.78), rng, deep, bright)
        draw(canvas.pen(canvas.focus + 0.62, desk + 0.05, 0.15), "things/mug", deep=deep)


def _circuits(canvas: Canvas, rng: Random, color: Rgb) -> None:
    for _ in range(round(16 * canvas.right)):
        x, y = rng.uniform(0, canvas.right), rng.uniform(0, canvas.bottom * 0.8)
        path = [(x, y)]
        for _ in range(3):
            dx, dy = rng.choice(((0.1, 0), (0.05, 0.05), (0.05, -0.05), (0, 0.1)))
            x, y = x + dx * rng.uniform(0.6, 1.5), y + dy * rng.uniform(0.6, 1.5)
            path.append((x, y))
        canvas.line(path, 0.003, veil(color, 0.3))
        canvas.disc(x, y, 0.008, veil(lighter(color, 0.4), 0.55))


def laptop(pen: Pen, rng: Random, deep: Rgb, bright: Rgb) -> None:
    """An open laptop about one unit wide with code on its screen, its hinge just above the pen's origin."""
    draw(pen, "things/laptop-screen", deep=deep)
    indent = 0
    for row in range(13):
        y, x = -0.578 + row * 0.0395, -0.42 + indent * 0.05
        pen.line([(-0.455, y), (-0.447, y)], 0.008, rgb("#4a5470"))
        for _ in range(rng.randint(1, 4)):
            wide = rng.uniform(0.04, 0.17)
            if x + wide > 0.44:
                break
            pen.line([(x, y), (x + wide, y)], 0.017, rng.choice(shades("syntax")))
            x += wide + 0.032
        indent = max(0, min(4, indent + rng.choice((-1, 0, 1, 1))))
    draw(pen, "things/laptop-keyboard", bright=bright)


def science(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Flasks that bubble before a great atom and its orbits."""
    deep, middle, bright = _room(canvas, rng)
    _hexagons(canvas, rng, mix(middle, bright, 0.3))
    pen = canvas.pen(canvas.focus, canvas.bottom * 0.38, 0.34)
    for turn in (0, 60, 120):
        orbit = canvas.pen(canvas.focus, canvas.bottom * 0.38, 0.34, turn=turn + 15)
        orbit.ring(0, 0, 1, 0.028, veil(lighter(bright, 0.3), 0.9), tall=0.36)
        angle = math.radians(rng.uniform(0, 360))
        orbit.disc(math.cos(angle), math.sin(angle) * 0.36, 0.075, PAPER)
    for step in range(9):
        angle = step * 2.4
        pen.disc(0.1 * math.cos(angle), 0.1 * math.sin(angle), 0.085, rgb("#ff5d5d") if step % 2 else rgb("#ffd166"))
    desk = canvas.bottom * 0.87
    canvas.wash([(0, mix(deep, middle, 0.5)), (1, darker(deep, 0.5))], desk)
    for x, size, tone, body in (
        (-0.32, 0.4, "#4ade80", "round"),
        (0.0, 0.5, "#ff5fa2", "conical"),
        (0.36, 0.36, "#4cc9f0", "round"),
    ):
        flask(canvas.pen(canvas.focus + x, desk + 0.05, size), rng, f"things/{body}-flask", rgb(tone))


def _hexagons(canvas: Canvas, rng: Random, color: Rgb) -> None:
    for _ in range(round(9 * canvas.right)):
        x, y, radius = rng.uniform(0, canvas.right), rng.uniform(0, canvas.bottom * 0.8), rng.uniform(0.03, 0.08)
        corners = [
            (x + radius * math.cos(math.radians(a)), y + radius * math.sin(math.radians(a))) for a in range(30, 391, 60)
        ]
        canvas.line(corners, 0.004, veil(color, 0.35))


def flask(pen: Pen, rng: Random, name: str, liquid: Rgb) -> None:
    """A flask one unit high, its liquid bubbling."""
    draw(pen, name, liquid=liquid)
    for _ in range(9):
        pen.disc(rng.uniform(-0.17, 0.17), rng.uniform(-0.28, -0.06), rng.uniform(0.012, 0.035), veil(PAPER, 0.55))
    for step in range(4):
        pen.ring(
            rng.uniform(-0.05, 0.05), -0.62 - step * 0.17, 0.02 + 0.012 * step, 0.01, veil(lighter(liquid, 0.5), 0.7)
        )


def learning(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A glowing bulb over a pile of books."""
    deep, middle, _ = _room(canvas, rng)
    bottom = canvas.bottom
    bulb_at = bottom * 0.36
    for step in range(16):
        ray = canvas.pen(canvas.focus, bulb_at, 1, turn=step * 22.5 + 5)
        ray.poly(
            [(0.28, -0.004), (0.37 + 0.09 * (step % 2), -0.009), (0.37 + 0.09 * (step % 2), 0.009), (0.28, 0.004)],
            rgb("#ffd43b"),
        )
    canvas.glow(canvas.focus, bulb_at, 0.5, rgb("#ffe066"), 0.75)
    draw(canvas.pen(canvas.focus, bulb_at, 0.2), "things/bulb")
    desk = bottom * 0.88
    canvas.wash([(0, mix(deep, middle, 0.5)), (1, darker(deep, 0.5))], desk)
    y = desk + 0.035
    for index, tone in enumerate(rng.sample(shades("books"), 4)):
        half, shift, tall = rng.uniform(0.3, 0.4), rng.uniform(-0.05, 0.05), 0.07
        pen = canvas.pen(canvas.focus + shift, y, 1)
        pen.box(-half, -tall, half, 0, tone, round_by=0.012)
        pen.box(-half + 0.02, -tall + 0.012, half + 0.004, -0.012, rgb("#fdf6e3"))
        for line in range(3):
            pen.line(
                [(-half + 0.03, -tall + 0.022 + line * 0.013), (half, -tall + 0.022 + line * 0.013)],
                0.002,
                rgb("#d8ccb0"),
            )
        pen.box(-half, -tall, -half + 0.05, 0, darker(tone, 0.2 if index % 2 else 0.1), round_by=0.012)
        y -= tall
