"""Planets, nebulae, rockets."""

import math
from random import Random

import numpy as np

from service.sandbox.pictures.canvas import Canvas, Pen, noise
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, turned, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el

NEBULAE = (
    ("#2b0a4f", "#7a2bbf", "#ff5fa2"),
    ("#06224d", "#1b6fc2", "#5ff0e6"),
    ("#2a0a1c", "#b3264a", "#ffb067"),
    ("#061f24", "#14807c", "#c8ff8f"),
)
PLANETS = ("#e0703a", "#5b8def", "#c77dff", "#3fb6a8", "#d9a441")


def space(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A nebula and its stars, a great planet (ringed, cratered or ours), and an astronaut or a rocket."""
    deep, middle, bright = (rgb(code) for code in rng.choice(NEBULAE))
    bottom = canvas.bottom
    canvas.wash([(0, (4, 5, 16)), (1, darker(deep, 0.45))])
    field = noise(rng, 4, 3, 5)
    slant = np.linspace(-1, 1, field.shape[1])[None, :] * 0.35 + np.linspace(-1, 1, field.shape[0])[:, None] * 0.9
    band = np.exp(-(slant**2) * 3.2).astype(np.float32)
    canvas.tinted(field * band * 0.85, middle)
    canvas.tinted(np.clip(noise(rng, 6, 4, 5) - 0.45, 0, 1) * band * 1.4, bright)
    el.stars(canvas, rng, bottom * 1.6, round(260 * canvas.right))
    for _ in range(7):
        _sparkle(canvas, rng.uniform(0, canvas.right), rng.uniform(0, bottom), rng.uniform(0.012, 0.03))
    _planets(canvas, rng, words, bright)
    if words & {"astronaut", "astronauts", "spacewalk", "nasa", "moon", "mars"}:
        astronaut(canvas.pen(canvas.focus - 0.02, bottom * 0.47, 0.5, turn=-12), bright)
    else:
        rocket(canvas.pen(canvas.focus - 0.12, bottom * 0.5, 0.5, turn=38), rgb("#e63946"), bright)


def _sparkle(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.glow(x, y, size * 1.6, PAPER, 0.7)
    for dx, dy in ((1, 0.07), (0.07, 1)):
        canvas.poly([(x - size * dx, y), (x, y - size * dy), (x + size * dx, y), (x, y + size * dy)], PAPER)


def _planets(canvas: Canvas, rng: Random, words: el.Words, glow: Rgb) -> None:
    bottom = canvas.bottom
    globe = bool(words & {"earth", "world", "orbit", "iss", "satellite"})
    if globe:
        color, ringed = rgb("#2f7fd8"), False
    elif words & {"mars"}:
        color, ringed = rgb("#cf5a32"), False
    elif words & {"moon", "lunar"}:
        color, ringed = rgb("#b9bcc6"), False
    else:
        color, ringed = rgb(rng.choice(PLANETS)), rng.random() < 0.7
    planet(canvas, rng, canvas.focus + 0.34, bottom * 0.72, 0.36, color, glow, ringed=ringed, globe=globe)
    planet(canvas, rng, canvas.focus - 0.52, bottom * 0.22, 0.07, turned(color, 140), glow)


def planet(
    canvas: Canvas,
    rng: Random,
    x: float,
    y: float,
    radius: float,
    color: Rgb,
    glow: Rgb,
    *,
    ringed: bool = False,
    globe: bool = False,
) -> None:
    """A banded globe lit from the upper left, its night side falling into the dark."""
    canvas.glow(x, y, radius * 1.75, mix(color, glow, 0.5), 0.6)
    if ringed:
        _rings(canvas, x, y, radius, color, 180, 360)
    canvas.disc(x, y, radius, color)
    for _ in range(0 if globe else 11):
        tilt, wide = rng.uniform(-0.85, 0.85), rng.uniform(0.03, 0.11)
        tone = mix(color, rng.choice((PAPER, darker(color, 0.7), turned(color, 30))), rng.uniform(0.12, 0.35))
        half = math.sqrt(max(0.0, 1 - (abs(tilt) + wide) ** 2))
        pen = canvas.pen(x, y, radius, turn=-18)
        pen.poly([*_bow(half, tilt - wide), *reversed(_bow(half, tilt + wide))], veil(tone, 0.6))
    if globe:
        _continents(canvas.pen(x, y, radius, turn=-12), color)
    for step in range(26):
        share = step / 25
        canvas.poly(_crescent(x, y, radius * 1.004, 0.95 - 1.65 * share), veil((2, 3, 12), 0.085))
    canvas.ring(x, y, radius * 0.992, radius * 0.03, veil(lighter(color, 0.6), 0.55), start=150, end=290)
    if ringed:
        _rings(canvas, x, y, radius, color, 0, 180)


def _continents(pen: Pen, sea: Rgb) -> None:
    """Lands, ice and weather, roughly where ours are."""
    pen.disc(0, 0, 0.97, veil(lighter(sea, 0.25), 0.35))
    green, sand = rgb("#4caf6d"), rgb("#c9b26b")
    america = [
        (-0.66, -0.52),
        (-0.42, -0.74),
        (-0.12, -0.72),
        (-0.16, -0.5),
        (-0.34, -0.36),
        (-0.4, -0.2),
        (-0.26, -0.1),
        (-0.52, -0.22),
    ]
    south = [(-0.28, -0.1), (-0.08, -0.06), (0.08, 0.12), (-0.02, 0.36), (-0.16, 0.68), (-0.22, 0.42), (-0.34, 0.1)]
    africa = [
        (0.42, -0.3),
        (0.66, -0.36),
        (0.86, -0.18),
        (0.88, 0.14),
        (0.74, 0.46),
        (0.62, 0.24),
        (0.44, 0.02),
        (0.36, -0.14),
    ]
    for land, tone in ((america, green), (south, green), (africa, sand)):
        pen.shape(land, tone)
    pen.shape([(0.4, -0.5), (0.52, -0.72), (0.68, -0.6), (0.76, -0.46), (0.56, -0.42)], green)
    pen.shape([(-0.3, -0.93), (0, -0.985), (0.3, -0.93), (0.1, -0.86), (-0.1, -0.86)], PAPER)
    for left, y, long in ((-0.8, 0.05, 0.5), (-0.1, -0.3, 0.55), (0.0, 0.5, 0.6), (-0.5, 0.55, 0.3), (0.3, 0.2, 0.35)):
        pen.stroke(
            [(left, y), (left + long * 0.5, y - 0.05), (left + long, y + 0.03)], 0.055, veil(PAPER, 0.5), to_width=0.02
        )


def _bow(half: float, y: float) -> list[tuple[float, float]]:
    return [(half * (step / 8 - 1), y + 0.12 * (1 - (step / 8 - 1) ** 2)) for step in range(17)]


def _crescent(x: float, y: float, radius: float, depth: float) -> list[tuple[float, float]]:
    """The part of the globe beyond a terminator at `depth` (-1 to 1) along the light, to the lower right."""
    turn = math.radians(38)
    rim = [(math.cos(math.radians(angle)), math.sin(math.radians(angle))) for angle in range(-90, 91, 6)]
    edge = [(depth * across, down) for across, down in reversed(rim)]
    return [
        (
            x + radius * (px * math.cos(turn) - py * math.sin(turn)),
            y + radius * (px * math.sin(turn) + py * math.cos(turn)),
        )
        for px, py in [*rim, *edge]
    ]


def _rings(canvas: Canvas, x: float, y: float, radius: float, color: Rgb, start: float, end: float) -> None:
    pen = canvas.pen(x, y, radius, turn=-18)
    for at, wide, tone, opacity in (
        (1.45, 0.16, lighter(color, 0.45), 0.8),
        (1.66, 0.14, lighter(color, 0.25), 0.65),
        (1.85, 0.1, lighter(color, 0.6), 0.5),
    ):
        pen.ring(0, 0, at, wide, veil(tone, opacity), tall=0.27, start=start, end=end)


def rocket(pen: Pen, red: Rgb, glow: Rgb) -> None:
    """A rocket one unit long, nose up, burning."""
    for half, length, tone in ((0.15, 0.5, rgb("#ff6b1a")), (0.1, 0.38, rgb("#ffb703")), (0.055, 0.24, rgb("#fff3b0"))):
        pen.shape(
            [
                (-half, 0.36),
                (0, 0.33),
                (half, 0.36),
                (half * 0.7, 0.36 + length * 0.5),
                (0, 0.36 + length),
                (-half * 0.7, 0.36 + length * 0.5),
            ],
            tone,
        )
    for side in (-1, 1):
        pen.shape(
            [(side * 0.12, 0.1), (side * 0.3, 0.28), (side * 0.32, 0.46), (side * 0.14, 0.34)],
            darker(red, 0.1 if side < 0 else 0.35),
        )
    pen.box(-0.09, 0.3, 0.09, 0.38, rgb("#495057"), round_by=0.02)
    body = [
        (0, -0.52),
        (0.12, -0.34),
        (0.18, -0.08),
        (0.17, 0.14),
        (0.11, 0.33),
        (-0.11, 0.33),
        (-0.17, 0.14),
        (-0.18, -0.08),
        (-0.12, -0.34),
    ]
    pen.shape(body, rgb("#f1f3f5"))
    pen.shape(
        [(0, -0.52), (0.12, -0.34), (0.18, -0.08), (0.17, 0.14), (0.11, 0.33), (0.05, 0.33), (0.08, 0), (0.05, -0.3)],
        rgb("#ced4da"),
    )
    pen.shape([(0, -0.54), (0.075, -0.42), (0.125, -0.3), (0, -0.27), (-0.125, -0.3), (-0.075, -0.42)], red)
    pen.disc(0, -0.06, 0.095, rgb("#495057"))
    pen.disc(0, -0.06, 0.07, mix(glow, rgb("#173f5f"), 0.45))
    pen.disc(-0.02, -0.08, 0.025, veil(PAPER, 0.8))
    pen.poly([(-0.025, 0.16), (0.025, 0.16), (0.03, 0.44), (-0.03, 0.44)], red)


def astronaut(pen: Pen, glow: Rgb) -> None:
    """A floating astronaut one unit tall."""
    suit, shade, trim = rgb("#f1f3f8"), rgb("#b9c0d0"), rgb("#ff7a3d")
    pen.box(-0.25, -0.24, 0.25, 0.16, rgb("#8790a5"), round_by=0.08)
    for points in ([(-0.13, 0.12), (-0.17, 0.32), (-0.1, 0.48)], [(0.13, 0.12), (0.22, 0.28), (0.13, 0.44)]):
        pen.line(points, 0.17, shade if points[0][0] > 0 else suit, to_width=0.13)
        pen.disc(points[-1][0] - 0.01, points[-1][1] + 0.02, 0.085, rgb("#6c7690"), tall=0.7)
        pen.line(points[1:], 0.04, trim)
    for points in ([(-0.18, -0.1), (-0.34, 0.0), (-0.42, -0.15)], [(0.18, -0.1), (0.34, -0.2), (0.42, -0.36)]):
        pen.line(points, 0.14, suit, to_width=0.11)
        pen.disc(*points[-1], 0.07, trim)
    pen.box(-0.2, -0.22, 0.2, 0.2, suit, round_by=0.12)
    pen.box(0.06, -0.2, 0.2, 0.19, veil(shade, 0.7), round_by=0.1)
    pen.box(-0.1, -0.05, 0.1, 0.08, rgb("#3d4660"), round_by=0.02)
    for x, tone in ((-0.055, rgb("#ff4d4d")), (0.0, rgb("#ffd23f")), (0.055, rgb("#5ef0a0"))):
        pen.disc(x, 0.0, 0.018, tone)
    pen.disc(0, -0.36, 0.2, suit)
    pen.disc(0.01, -0.355, 0.158, rgb("#0f1730"), tall=0.86)
    pen.disc(0.0, -0.37, 0.135, mix(glow, rgb("#0f1730"), 0.55), tall=0.78)
    pen.disc(-0.05, -0.41, 0.045, veil(PAPER, 0.8), tall=0.6, lean=-24)
