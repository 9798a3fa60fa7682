"""The sea from above, from the beach and from below."""

import math
from itertools import pairwise
from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.scenes.lighthouse import CALLED, lighthouse

UNDER = frozenset(
    {
        "underwater",
        "diving",
        "dive",
        "fish",
        "coral",
        "reef",
        "shark",
        "submarine",
        "aquarium",
        "snorkel",
        "deep",
        "whale",
        "jellyfish",
    }
)
SHORE = frozenset(
    {
        "beach",
        "island",
        "tropical",
        "palm",
        "vacation",
        "holiday",
        "summer",
        "surf",
        "surfing",
        "hawaii",
        "bali",
        "paradise",
    }
)


def ocean(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Open sea with a boat or a lighthouse, a beach with palms, or the reef below: whichever the words ask for."""
    if words & UNDER:
        _reef(canvas, rng, light, words)
    elif words & SHORE:
        _shore(canvas, rng, light)
    else:
        _open_sea(canvas, rng, light, words)


def _sea(canvas: Canvas, rng: Random, light: Light, horizon: float, sun_x: float) -> None:
    canvas.wash([(0, mix(light.water, light.haze, 0.55)), (0.35, light.water), (1, darker(light.water, 0.5))], horizon)
    el.reflection(canvas, rng, sun_x, horizon + 0.004, mix(light.sun, light.sky[2], 0.25), wide=0.11)


def _open_sea(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    bottom = canvas.bottom
    horizon = bottom * 0.56
    sun = (canvas.focus - 0.04, horizon - 0.13)
    el.heavens(canvas, rng, light, horizon, sun=sun, size=0.11)
    line = el.ridge(canvas, rng, horizon, 0.05, jagged=0.5)
    canvas.poly(
        [
            *((x, min(y, horizon) if abs(x - sun[0]) > 0.35 else horizon) for x, y in line),
            (canvas.right, horizon),
            (0, horizon),
        ],
        light.ground(0.3),
    )
    _sea(canvas, rng, light, horizon, sun[0])
    if words & CALLED:
        lighthouse(canvas.pen(canvas.focus + 0.26, horizon + 0.11, 0.5), light)
    else:
        boat(canvas.pen(canvas.focus + 0.26, horizon + 0.1, 0.34), darker(light.land, 0.2), light)
    for share in (0.45, 0.7, 1.0):
        _swell(
            canvas,
            rng,
            horizon + (bottom - horizon) * (0.3 + 0.62 * share),
            0.012 + 0.03 * share,
            darker(light.water, 0.12 + 0.4 * share),
            light,
        )
    el.birds(canvas, rng, canvas.focus + 0.1, horizon * 0.45, 6, mix(light.land, light.sky[0], 0.2))


def _swell(canvas: Canvas, rng: Random, y: float, height: float, color: Rgb, light: Light) -> None:
    phase, length = rng.uniform(0, 6), rng.uniform(0.3, 0.5)
    crest = []
    for step in range(121):
        x = canvas.right * step / 120
        wave = math.sin(x / length * 6.28 + phase) * 0.6 + math.sin(x / length * 2.9 + phase * 2) * 0.4
        crest.append((x, y - height * abs(wave) ** 0.8 * (1 if wave > 0 else -0.6)))
    canvas.shaded(
        [*crest, (canvas.right, canvas.bottom), (0, canvas.bottom)],
        [(0, mix(color, light.sky[2], 0.3)), (0.3, color), (1, darker(color, 0.3))],
    )
    canvas.line(crest, 0.0035, veil(mix(light.sky[2], PAPER, 0.4), 0.4))


def boat(pen: Pen, hull: Rgb, light: Light) -> None:
    """A sailing boat one unit high, its waterline at the pen's origin."""
    sail = mix(PAPER, light.sky[2], 0.25)
    pen.poly([(0.01, -0.98), (0.03, -0.98), (0.03, -0.1), (0.01, -0.1)], hull)
    pen.shape([(-0.02, -0.94), (-0.16, -0.55), (-0.34, -0.16), (-0.18, -0.15), (-0.01, -0.15)], sail)
    pen.shape(
        [(0.06, -0.86), (0.25, -0.5), (0.3, -0.16), (0.17, -0.15), (0.05, -0.15), (0.08, -0.5)],
        mix(sail, light.accent, 0.75),
    )
    pen.poly([(-0.36, -0.11), (0.38, -0.13), (0.26, 0.03), (-0.24, 0.03)], hull)
    pen.poly([(-0.33, -0.075), (0.355, -0.09), (0.34, -0.06), (-0.31, -0.045)], light.accent)


def _shore(canvas: Canvas, rng: Random, light: Light) -> None:
    bottom = canvas.bottom
    horizon = bottom * 0.58
    sun = (canvas.focus - 0.12, horizon - 0.16)
    el.heavens(canvas, rng, light, horizon, sun=sun, size=0.1)
    hill = [
        (canvas.focus + x, horizon - y)
        for x, y in ((-1.0, 0), (-0.84, 0.05), (-0.66, 0.11), (-0.5, 0.075), (-0.36, 0.03), (-0.25, 0))
    ]
    canvas.poly(hill, light.ground(0.35))
    _sea(canvas, rng, light, horizon, sun[0])
    sand = mix(rgb("#f2d19b"), light.haze, 0.3 if not light.night else 0.65)
    edge = [
        (x * canvas.right / 24, bottom * (0.83 + 0.025 * math.sin(x * 0.9 + 1)) - 0.06 * (x / 24) ** 2)
        for x in range(25)
    ]
    for rise, foam in ((0.022, veil(PAPER, 0.35)), (0.01, veil(PAPER, 0.75))):
        canvas.poly([*((x, y - rise) for x, y in edge), (canvas.right, bottom), (0, bottom)], foam)
    canvas.shaded(
        [*edge, (canvas.right, bottom), (0, bottom)],
        [(0, mix(sand, light.water, 0.18)), (0.3, sand), (1, mix(sand, light.land, 0.35))],
    )
    umbrella(canvas.pen(canvas.focus - 0.12, bottom * 0.95, 0.25), light)
    for x, size, flip in ((0.5, 0.86, True), (0.36, 0.6, False)):
        palm(
            canvas.pen(canvas.focus + x, bottom * 0.97, size, flip=flip),
            darker(light.land, 0.15),
            mix(light.leaf, rgb("#1f9d55"), 0.25 if not light.night else 0.05),
        )


def palm(pen: Pen, trunk: Rgb, leaf: Rgb) -> None:
    """A leaning palm one unit high."""
    pen.stroke([(0, 0.02), (0.05, -0.35), (0.14, -0.66), (0.24, -0.86)], 0.055, trunk, to_width=0.03)
    crown = (0.245, -0.87)
    for angle in (-200, -172, -140, -108, -72, -40, -8, 22):
        reach = 0.4 if angle not in (22, -200) else 0.3
        tip = (
            crown[0] + reach * math.cos(math.radians(angle)),
            crown[1] + reach * 0.72 * math.sin(math.radians(angle)) + 0.16,
        )
        knee = (crown[0] + (tip[0] - crown[0]) * 0.55, min(crown[1], tip[1]) - 0.07 + 0.04 * (angle in (22, -200)))
        under = (knee[0] - (knee[0] - crown[0]) * 0.1, knee[1] + 0.085)
        pen.shape([crown, knee, tip, under], leaf if angle % 8 else darker(leaf, 0.18))
    for x in (-0.03, 0.035, 0.0):
        pen.disc(crown[0] + x, crown[1] + 0.035 + abs(x) * 0.2, 0.028, darker(trunk, 0.25))


def umbrella(pen: Pen, light: Light) -> None:
    """A beach umbrella over a deck-chair, one unit high."""
    pen.line([(0.05, 0), (-0.06, -0.85)], 0.03, mix(PAPER, light.land, 0.2))
    hub = (-0.08, -0.98)
    rim = [(-0.66, -0.52), (-0.4, -0.64), (-0.1, -0.7), (0.2, -0.67), (0.46, -0.56)]
    for index, (left, right) in enumerate(pairwise(rim)):
        bulge = ((left[0] + hub[0]) / 2 - 0.06 + 0.04 * index, (left[1] + hub[1]) / 2 - 0.09)
        pen.poly(
            [hub, bulge, left, right, ((right[0] + hub[0]) / 2 + 0.02 * index, (right[1] + hub[1]) / 2 - 0.08)],
            light.accent if index % 2 == 0 else PAPER,
        )
    for points in (
        [(0.25, -0.02), (0.75, -0.26)],
        [(0.7, -0.02), (0.35, -0.2)],
        [(0.3, -0.14), (0.56, -0.16), (0.84, -0.38)],
    ):
        pen.line(points, 0.035, darker(light.accent, 0.25))


def _reef(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    bottom = canvas.bottom
    blue = mix(rgb("#0a74b8"), light.water, 0.3)
    canvas.wash([(0, lighter(blue, 0.5)), (0.4, blue), (1, darker(blue, 0.75))])
    canvas.glow(canvas.focus, -0.05, 0.8, lighter(blue, 0.75), 0.9)
    for _ in range(8):
        x, wide = canvas.focus + rng.uniform(-0.7, 0.7), rng.uniform(0.02, 0.07)
        lean = (x - canvas.focus) * 0.7
        canvas.poly(
            [(x, 0), (x + wide, 0), (x + wide * 3 + lean, bottom * 0.95), (x + lean, bottom * 0.95)], veil(PAPER, 0.055)
        )
    for share in (0.3, 0.65, 1.0):
        line = el.ridge(canvas, rng, bottom * (0.8 + 0.1 * share), 0.09, jagged=0.2)
        tone = darker(blue, 0.35 + 0.4 * share)
        el.ground(canvas, line, tone, darker(tone, 0.5))
        for _ in range(round(9 * canvas.right)):
            x = rng.uniform(0, canvas.right)
            _coral(
                canvas.pen(x, el.height_at(line, x) + 0.02, 0.07 + 0.13 * share * rng.random()),
                mix(
                    rng.choice((light.accent, rgb("#ff5d8f"), rgb("#ff9f1c"), rgb("#9b5de5"))),
                    tone,
                    0.75 - 0.55 * share,
                ),
                rng,
            )
    if words & {"whale", "shark", "submarine", "deep"}:
        whale(canvas.pen(canvas.focus, bottom * 0.42, 0.5), darker(blue, 0.62), mix(blue, PAPER, 0.55))
    hues = (rgb("#ffb703"), light.accent, rgb("#ff6b6b"), rgb("#f8f9fa"))
    for _ in range(11):
        fish(
            canvas.pen(
                canvas.focus + rng.gauss(0, 0.33),
                bottom * rng.uniform(0.32, 0.78),
                rng.uniform(0.035, 0.11),
                turn=rng.uniform(-12, 12),
            ),
            rng.choice(hues),
        )
    for _ in range(34):
        x, y, radius = rng.uniform(0, canvas.right), rng.uniform(0, bottom), rng.uniform(0.003, 0.013)
        canvas.ring(x, y, radius, 0.0025, veil(PAPER, 0.5))


def _coral(pen: Pen, color: Rgb, rng: Random) -> None:
    for step in range(5):
        lean = (step - 2) * 0.24 + rng.uniform(-0.08, 0.08)
        pen.stroke([(0, 0), (lean * 0.5, -0.4), (lean, -rng.uniform(0.65, 1))], 0.15, color, to_width=0.09)


def fish(pen: Pen, color: Rgb) -> None:
    """A fish two units long, looking left."""
    pen.poly([(0.55, 0), (1.15, -0.5), (1.0, 0), (1.15, 0.5)], darker(color, 0.2))
    pen.shape([(-0.2, -0.45), (0.2, -0.85), (0.45, -0.35)], darker(color, 0.2))
    pen.shape([(-1, 0), (-0.55, -0.42), (0.1, -0.48), (0.75, -0.02), (0.1, 0.46), (-0.55, 0.4)], color)
    pen.shape(
        [(-0.25, -0.46), (-0.1, -0.48), (-0.02, 0), (-0.1, 0.45), (-0.25, 0.44), (-0.18, 0)], mix(color, PAPER, 0.75)
    )
    pen.disc(-0.62, -0.12, 0.12, PAPER)
    pen.disc(-0.65, -0.12, 0.06, el.DARK)


def whale(pen: Pen, color: Rgb, belly: Rgb) -> None:
    """A whale two units long, looking left."""
    pen.shape(
        [
            (-1, -0.02),
            (-0.86, -0.3),
            (-0.4, -0.43),
            (0.2, -0.3),
            (0.7, -0.08),
            (0.95, -0.2),
            (1.22, -0.36),
            (1.2, -0.16),
            (1.05, -0.04),
            (1.2, 0.08),
            (1.22, 0.22),
            (0.9, 0.08),
            (0.66, 0.08),
            (0.1, 0.24),
            (-0.5, 0.3),
            (-0.9, 0.2),
        ],
        color,
    )
    pen.shape([(-0.98, 0.03), (-0.5, 0.1), (0.1, 0.12), (0.0, 0.24), (-0.5, 0.3), (-0.88, 0.2)], belly)
    for y in (0.15, 0.2, 0.25):
        pen.line([(-0.88, y - 0.02), (-0.15, y)], 0.012, darker(belly, 0.2))
    pen.shape([(-0.3, 0.16), (-0.05, 0.34), (0.02, 0.56), (-0.2, 0.46), (-0.42, 0.24)], darker(color, 0.2))
    pen.disc(-0.72, -0.02, 0.03, PAPER)
    pen.disc(-0.725, -0.02, 0.017, el.DARK)
