"""Code, machines, laboratories, books."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el

ROBOTS = frozenset(
    {
        "ai",
        "robot",
        "robots",
        "gpt",
        "chatgpt",
        "claude",
        "llm",
        "agent",
        "agents",
        "neural",
        "bot",
        "automation",
        "machine",
        "n8n",
        "zapier",
    }
)
ROOMS = (
    ("#0b1026", "#243b83", "#4cc9f0"),
    ("#12081f", "#5a1f8a", "#f72585"),
    ("#04201c", "#0f6b57", "#4ade80"),
    ("#1a0f08", "#7a3b12", "#ffb347"),
)
SYNTAX = ("#ff79c6", "#8be9fd", "#50fa7b", "#f1fa8c", "#bd93f9", "#f8f8f2")


def _room(canvas: Canvas, rng: Random) -> tuple[Rgb, Rgb, Rgb]:
    """A dark room lit by its subject: deep, middle and glowing colour."""
    deep, middle, bright = (rgb(code) for code in rng.choice(ROOMS))
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
    if words & ROBOTS:
        robot(canvas.pen(canvas.focus, canvas.bottom * 0.99, 0.86), middle, bright)
    else:
        laptop(canvas.pen(canvas.focus, desk + 0.045, 0.78), rng, deep, bright)
        cup = canvas.pen(canvas.focus + 0.62, desk + 0.05, 0.15)
        cup.box(-0.4, -0.9, 0.4, 0, rgb("#f1f3f5"), round_by=0.1)
        cup.ring(0.45, -0.5, 0.24, 0.12, rgb("#f1f3f5"), start=-90, end=90)
        cup.box(0.12, -0.9, 0.4, 0, veil(deep, 0.3), round_by=0.1)


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
    """An open laptop about one unit wide, its hinge just above the pen's origin."""
    pen.box(-0.52, -0.7, 0.52, -0.02, rgb("#c9ced8"), round_by=0.035)
    pen.box(-0.5, -0.68, 0.5, -0.04, rgb("#0d1117"), round_by=0.025)
    pen.box(-0.48, -0.655, 0.48, -0.06, mix(rgb("#161b2e"), deep, 0.4), round_by=0.012)
    pen.box(-0.48, -0.655, 0.48, -0.61, rgb("#2a3147"), round_by=0.012)
    for index, tone in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        pen.disc(-0.455 + index * 0.032, -0.632, 0.011, rgb(tone))
    indent = 0
    for row in range(13):
        y, x = -0.578 + row * 0.0395, -0.42 + indent * 0.05
        pen.line([(-0.455, y), (-0.447, y)], 0.008, rgb("#4a5470"))
        for _ in range(rng.randint(1, 4)):
            wide = rng.uniform(0.04, 0.17)
            if x + wide > 0.44:
                break
            pen.line([(x, y), (x + wide, y)], 0.017, rgb(rng.choice(SYNTAX)))
            x += wide + 0.032
        indent = max(0, min(4, indent + rng.choice((-1, 0, 1, 1))))
    pen.poly([(-0.48, -0.655), (-0.1, -0.655), (-0.34, -0.06), (-0.48, -0.06)], veil(PAPER, 0.045))
    pen.poly([(-0.56, -0.02), (0.56, -0.02), (0.68, 0.1), (-0.68, 0.1)], rgb("#aeb5c2"))
    pen.poly([(-0.5, -0.005), (0.5, -0.005), (0.57, 0.055), (-0.57, 0.055)], rgb("#3a4254"))
    for row in range(3):
        y = 0.008 + row * 0.017
        pen.line([(-0.49 - row * 0.02, y), (0.49 + row * 0.02, y)], 0.006, rgb("#5d667d"))
    pen.poly([(-0.68, 0.1), (0.68, 0.1), (0.67, 0.122), (-0.67, 0.122)], rgb("#7d8596"))
    pen.poly([(-0.13, 0.062), (0.13, 0.062), (0.14, 0.092), (-0.14, 0.092)], rgb("#8e96a8"))
    pen.line([(-0.52, -0.025), (0.52, -0.025)], 0.006, bright)


def robot(pen: Pen, middle: Rgb, bright: Rgb) -> None:
    """A friendly robot's bust, about one unit high."""
    shell, shade = rgb("#e9edf5"), rgb("#aab4c8")
    pen.shape([(-0.5, 0.1), (-0.44, -0.2), (-0.25, -0.31), (0.25, -0.31), (0.44, -0.2), (0.5, 0.1)], shell)
    pen.shape([(0.18, -0.31), (0.25, -0.31), (0.44, -0.2), (0.5, 0.1), (0.3, 0.1), (0.28, -0.16)], shade)
    pen.disc(0, -0.1, 0.09, rgb("#1c2333"))
    pen.disc(0, -0.1, 0.065, bright)
    pen.box(-0.1, -0.4, 0.1, -0.27, rgb("#5b657c"), round_by=0.03)
    for side in (-1, 1):
        pen.box(side * 0.42 - 0.06, -0.72, side * 0.42 + 0.06, -0.5, mix(middle, bright, 0.3), round_by=0.04)
    pen.line([(0, -0.9), (0, -1.0)], 0.03, shade)
    pen.disc(0, -1.02, 0.045, bright)
    pen.box(-0.4, -0.88, 0.4, -0.37, shell, round_by=0.17)
    pen.box(0.2, -0.87, 0.4, -0.38, veil(shade, 0.55), round_by=0.14)
    pen.box(-0.32, -0.79, 0.32, -0.46, rgb("#111827"), round_by=0.13)
    for x in (-0.15, 0.15):
        pen.disc(x, -0.645, 0.082, veil(bright, 0.3))
        pen.disc(x, -0.645, 0.058, bright)
        pen.disc(x - 0.018, -0.665, 0.02, PAPER)
    pen.ring(0, -0.58, 0.07, 0.02, bright, start=25, end=155)


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
    for x, size, tone, round_body in (
        (-0.32, 0.4, "#4ade80", True),
        (0.0, 0.5, "#ff5fa2", False),
        (0.36, 0.36, "#4cc9f0", True),
    ):
        flask(canvas.pen(canvas.focus + x, desk + 0.05, size), rng, rgb(tone), round_body)


def _hexagons(canvas: Canvas, rng: Random, color: Rgb) -> None:
    for _ in range(round(9 * canvas.right)):
        x, y, radius = rng.uniform(0, canvas.right), rng.uniform(0, canvas.bottom * 0.8), rng.uniform(0.03, 0.08)
        corners = [
            (x + radius * math.cos(math.radians(a)), y + radius * math.sin(math.radians(a))) for a in range(30, 391, 60)
        ]
        canvas.line(corners, 0.004, veil(color, 0.35))


def flask(pen: Pen, rng: Random, liquid: Rgb, round_body: bool) -> None:
    """A conical or round flask one unit high with bubbling liquid."""
    glass = veil(PAPER, 0.22)
    if round_body:
        pen.disc(0, -0.3, 0.31, glass)
        pen.box(-0.09, -0.95, 0.09, -0.5, glass)
        pen.poly(
            [
                (x * 0.28, -0.3 + y * 0.28)
                for x, y in ((math.cos(math.radians(a)), math.sin(math.radians(a))) for a in range(-8, 189, 7))
            ],
            veil(liquid, 0.92),
        )
    else:
        pen.poly(
            [
                (-0.1, -0.95),
                (0.1, -0.95),
                (0.1, -0.62),
                (0.38, -0.03),
                (0.34, 0),
                (-0.34, 0),
                (-0.38, -0.03),
                (-0.1, -0.62),
            ],
            glass,
        )
        pen.poly(
            [(-0.205, -0.36), (0.205, -0.36), (0.355, -0.04), (0.32, -0.015), (-0.32, -0.015), (-0.355, -0.04)],
            veil(liquid, 0.92),
        )
    level = -0.34 if round_body else -0.36
    pen.disc(
        0, level + (0 if not round_body else 0.0), 0.205 if not round_body else 0.277, lighter(liquid, 0.35), tall=0.13
    )
    pen.box(-0.13, -1.0, 0.13, -0.94, veil(PAPER, 0.6), round_by=0.03)
    for _ in range(9):
        pen.disc(rng.uniform(-0.17, 0.17), rng.uniform(-0.28, -0.06), rng.uniform(0.012, 0.035), veil(PAPER, 0.55))
    for step in range(4):
        pen.ring(
            rng.uniform(-0.05, 0.05), -0.62 - step * 0.17, 0.02 + 0.012 * step, 0.01, veil(lighter(liquid, 0.5), 0.7)
        )
    pen.line([(-0.17, -0.42), (-0.24, -0.22)], 0.025, veil(PAPER, 0.5))


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
    bulb(canvas.pen(canvas.focus, bulb_at, 0.2))
    desk = bottom * 0.88
    canvas.wash([(0, mix(deep, middle, 0.5)), (1, darker(deep, 0.5))], desk)
    y = desk + 0.035
    for index, tone in enumerate(rng.sample(("#e63946", "#f4a261", "#2a9d8f", "#457b9d", "#e9c46a", "#8338ec"), 4)):
        half, shift, tall = rng.uniform(0.3, 0.4), rng.uniform(-0.05, 0.05), 0.07
        pen = canvas.pen(canvas.focus + shift, y, 1)
        pen.box(-half, -tall, half, 0, rgb(tone), round_by=0.012)
        pen.box(-half + 0.02, -tall + 0.012, half + 0.004, -0.012, rgb("#fdf6e3"))
        for line in range(3):
            pen.line(
                [(-half + 0.03, -tall + 0.022 + line * 0.013), (half, -tall + 0.022 + line * 0.013)],
                0.002,
                rgb("#d8ccb0"),
            )
        pen.box(-half, -tall, -half + 0.05, 0, darker(rgb(tone), 0.2 if index % 2 else 0.1), round_by=0.012)
        y -= tall


def bulb(pen: Pen) -> None:
    """A light bulb about two and a half units high around the pen's origin."""
    pen.shape(
        [
            (0, -1.05),
            (0.7, -0.78),
            (0.98, -0.15),
            (0.75, 0.45),
            (0.42, 0.85),
            (0.36, 1.1),
            (-0.36, 1.1),
            (-0.42, 0.85),
            (-0.75, 0.45),
            (-0.98, -0.15),
            (-0.7, -0.78),
        ],
        rgb("#fff3bf"),
    )
    pen.shape(
        [(0, -0.85), (0.5, -0.65), (0.72, -0.15), (0.5, 0.4), (0, 0.6), (-0.5, 0.4), (-0.72, -0.15), (-0.5, -0.65)],
        rgb("#ffd43b"),
    )
    pen.stroke([(-0.25, 1.0), (-0.3, 0.2), (0, 0.35), (0.3, 0.2), (0.25, 1.0)], 0.08, rgb("#f08c00"))
    for y in (1.14, 1.32, 1.5):
        pen.box(-0.37, y, 0.37, y + 0.15, rgb("#868e96") if y != 1.32 else rgb("#adb5bd"), round_by=0.06)
    pen.shape([(-0.6, -0.4), (-0.35, -0.7), (-0.3, -0.62), (-0.5, -0.3)], PAPER)
