"""Athletes, players and portraits."""

import math
from random import Random

from service.providers.local.pictures.canvas import Canvas, Pen
from service.providers.local.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.providers.local.pictures.light import Light
from service.providers.local.pictures.scenes import elements as el

ARENAS = (
    ("#150a02", "#d9480f", "#ffd43b"),
    ("#020b1c", "#1864ab", "#4dd4ff"),
    ("#180309", "#c2255c", "#ff8fa3"),
    ("#061206", "#2b8a3e", "#c0eb75"),
)
SKINS = ("#f6cfae", "#e0a67d", "#b97a50", "#8a5535", "#5f3822")
HAIR = ("#2b1b12", "#5a3418", "#a86a2c", "#e0b354", "#15151c", "#9a3b22")
RUNNING = frozenset({"run", "running", "runner", "marathon", "sprint", "cardio", "jog", "5k", "10k", "hiit"})
CALM = frozenset({"yoga", "meditation", "meditate", "mindfulness", "stretch", "stretching", "pilates", "calm"})


def _arena(canvas: Canvas, rng: Random) -> tuple[Rgb, Rgb, Rgb]:
    """A hall of slanting speed stripes around a spotlight."""
    deep, middle, bright = (rgb(code) for code in rng.choice(ARENAS))
    canvas.wash([(0, deep), (0.65, mix(deep, middle, 0.7)), (1, deep)])
    canvas.glow(canvas.focus, canvas.bottom * 0.45, 0.9, mix(middle, bright, 0.3), 0.95)
    for _ in range(26):
        x, y, wide = rng.uniform(-0.4, canvas.right), rng.uniform(0, canvas.bottom), rng.uniform(0.003, 0.02)
        long = rng.uniform(0.15, 0.5)
        canvas.poly(
            [(x, y), (x + long, y - long * 0.42), (x + long + wide, y - long * 0.42 + wide), (x + wide, y + wide)],
            veil(bright, rng.uniform(0.06, 0.22)),
        )
    floor = canvas.bottom * 0.88
    canvas.wash([(0, mix(deep, middle, 0.6)), (1, darker(deep, 0.5))], floor)
    canvas.box(0, floor, canvas.right, floor + 0.005, mix(middle, bright, 0.5))
    canvas.disc(canvas.focus, floor + 0.035, 0.36, veil(bright, 0.22), tall=0.1)
    return deep, middle, bright


def fitness(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A lifter under the bar, a runner in full stride, or someone at rest in the lotus."""
    if words & CALM:
        _lotus(canvas, rng, light)
        return
    deep, _, bright = _arena(canvas, rng)
    floor = canvas.bottom * 0.91
    skin = rgb(rng.choice(SKINS))
    if words & RUNNING:
        pen = canvas.pen(canvas.focus, floor - 0.03, 0.82)
        for step in range(5):
            y = -0.2 - step * 0.15
            pen.line([(-0.55 - 0.1 * (step % 2), y), (-0.32 + 0.06 * (step % 2), y)], 0.016, veil(PAPER, 0.6))
        el.person(pen, "run", darker(skin, 0.05), top=bright, skin=skin)
        _shorts(pen, "run", deep)
        return
    pen = canvas.pen(canvas.focus, floor, 0.66)
    el.person(pen, "lift", darker(skin, 0.05), top=bright, skin=skin)
    _shorts(pen, "lift", deep)
    barbell(pen.pen(0, -1.07, 0.86), bright)


def _shorts(pen: Pen, pose: str, color: Rgb) -> None:
    tone = lighter(color, 0.08)
    for name in ("rear", "front"):
        hip, knee = el.POSES[pose][name][:2]
        pen.line(
            [hip, (hip[0] + (knee[0] - hip[0]) * 0.7, hip[1] + (knee[1] - hip[1]) * 0.7)], 0.15, tone, to_width=0.13
        )


def barbell(pen: Pen, bright: Rgb) -> None:
    """A loaded bar two units wide, held at the pen's origin."""
    pen.line([(-0.95, 0), (0.95, 0)], 0.028, rgb("#dfe3ea"))
    for side in (-1, 1):
        for at, half, tone in (
            (0.58, 0.25, "#20232b"),
            (0.67, 0.25, "#d62839"),
            (0.76, 0.19, "#20232b"),
            (0.835, 0.13, "#4a4f5c"),
        ):
            pen.box(side * at - 0.04, -half, side * at + 0.04, half, rgb(tone), round_by=0.03)
            pen.box(side * at - 0.04, -half, side * at - 0.015, half, veil(PAPER, 0.16), round_by=0.012)
        pen.disc(side * 0.2, 0, 0.04, bright)


def _lotus(canvas: Canvas, rng: Random, light: Light) -> None:
    bottom = canvas.bottom
    horizon = bottom * 0.66
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus, bottom * 0.42), size=0.26)
    el.ground(canvas, el.ridge(canvas, rng, horizon - 0.02, 0.08, jagged=0.4), light.ground(0.3), light.ground(0.5))
    el.ground(
        canvas, el.ridge(canvas, rng, bottom * 0.8, 0.04, jagged=0.1), light.ground(0.85), darker(light.land, 0.3)
    )
    tone, pen = darker(light.land, 0.35), canvas.pen(canvas.focus, bottom * 0.86, 0.62)
    pen.shape(
        [
            (-0.48, 0.0),
            (-0.44, -0.09),
            (-0.15, -0.14),
            (0.15, -0.14),
            (0.44, -0.09),
            (0.48, 0.0),
            (0.2, 0.04),
            (-0.2, 0.04),
        ],
        tone,
    )
    pen.shape([(-0.13, -0.08), (-0.17, -0.42), (-0.1, -0.52), (0.1, -0.52), (0.17, -0.42), (0.13, -0.08)], tone)
    for side in (-1, 1):
        pen.line([(side * 0.14, -0.46), (side * 0.27, -0.27), (side * 0.36, -0.1)], 0.075, tone, to_width=0.05)
    pen.line([(0, -0.5), (0, -0.6)], 0.07, tone)
    pen.disc(0, -0.67, 0.095, tone, tall=1.15)
    pen.disc(0, -0.79, 0.045, tone)


def sport(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A ball in flight under floodlights: football, basketball or tennis."""
    _, _, bright = _arena(canvas, rng)
    bottom = canvas.bottom
    for side in (-1, 1):
        x = canvas.focus + side * 0.62
        for row in range(2):
            for column in range(4):
                canvas.glow(x + (column - 1.5) * 0.05, 0.08 + row * 0.05, 0.06, PAPER, 0.95)
    pen = canvas.pen(canvas.focus, bottom * 0.5, 0.29, turn=rng.uniform(-20, 20))
    for step in range(7):
        trail = canvas.pen(canvas.focus - 0.055 * step, bottom * 0.5 + 0.032 * step, 0.29 * (1 - step * 0.07))
        trail.disc(0, 0, 1, veil(bright, 0.13))
    if words & {"basketball", "nba", "dunk", "hoop"}:
        _basketball(pen)
    elif words & {"tennis", "padel"}:
        pen.disc(0, 0, 1, rgb("#d4e157"))
        for side in (-1, 1):
            pen.ring(side * 1.1, 0, 0.72, 0.08, PAPER, start=90 if side > 0 else -62, end=270 if side > 0 else 62)
        _shade(pen)
    else:
        _football(pen)
    el.person(canvas.pen(canvas.focus - 0.52, bottom * 0.93, 0.5), "run", darker(mix(bright, el.DARK, 0.8), 0.2))


def _shade(pen: Pen) -> None:
    for step in range(9):
        pen.poly(
            [
                *((math.cos(math.radians(a)), math.sin(math.radians(a))) for a in range(-45, 136, 6)),
                *(
                    (
                        math.cos(math.radians(a)) * 1.0 - 0.09 * step - 0.05,
                        math.sin(math.radians(a)) - 0.09 * step - 0.05,
                    )
                    for a in range(135, -46, -6)
                ),
            ],
            veil(el.DARK, 0.045),
        )


def _basketball(pen: Pen) -> None:
    pen.disc(0, 0, 1, rgb("#ee7a26"))
    _shade(pen)
    for turn in (0, 90):
        pen.pen(0, 0, 1, turn=turn).line([(-0.98, 0), (0.98, 0)], 0.05, rgb("#2a1a10"))
    for side in (-1, 1):
        pen.ring(
            side * 1.25, 0, 0.85, 0.05, rgb("#2a1a10"), start=133 if side > 0 else -47, end=227 if side > 0 else 47
        )
    pen.ring(0, 0, 0.98, 0.05, rgb("#2a1a10"))


def _football(pen: Pen) -> None:
    pen.disc(0, 0, 1, rgb("#f8f9fa"))

    def patch(x: float, y: float, size: float, turn: float, squeeze: float = 1.0) -> None:
        spot = pen.pen(x, y, size, turn=turn)
        spot.poly(
            [(math.cos(math.radians(a)) * squeeze, math.sin(math.radians(a))) for a in range(-90, 270, 72)],
            rgb("#1b1e27"),
        )

    patch(0, 0, 0.34, 0)
    for step in range(5):
        angle = math.radians(-90 + 72 * step)
        pen.line(
            [(0.34 * math.cos(angle), 0.34 * math.sin(angle)), (0.68 * math.cos(angle), 0.68 * math.sin(angle))],
            0.035,
            rgb("#1b1e27"),
        )
        pen.poly(
            [
                (math.cos(angle + d) * r, math.sin(angle + d) * r)
                for d, r in ((-0.21, 0.76), (0, 0.66), (0.21, 0.76), (0.26, 0.96), (-0.26, 0.96))
            ],
            rgb("#1b1e27"),
        )
        between = angle + math.radians(36)
        pen.line(
            [
                (math.cos(angle + 0.21) * 0.76, math.sin(angle + 0.21) * 0.76),
                (math.cos(between) * 0.73, math.sin(between) * 0.73),
            ],
            0.03,
            rgb("#1b1e27"),
        )
        pen.line(
            [
                (math.cos(between) * 0.73, math.sin(between) * 0.73),
                (math.cos(angle + math.radians(72) - 0.21) * 0.76, math.sin(angle + math.radians(72) - 0.21) * 0.76),
            ],
            0.03,
            rgb("#1b1e27"),
        )
        pen.line(
            [
                (math.cos(between) * 0.73, math.sin(between) * 0.73),
                (math.cos(between) * 0.97, math.sin(between) * 0.97),
            ],
            0.03,
            rgb("#1b1e27"),
        )
    _shade(pen)


def portrait(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A bust in flat colours before a disc of light."""
    bottom = canvas.bottom
    low = mix(light.sky[1], light.accent, 0.35)
    canvas.wash([(0, light.sky[0]), (1, low)])
    canvas.disc(canvas.focus, bottom * 0.45, 0.42, mix(light.sky[2], light.sun, 0.4))
    canvas.ring(canvas.focus, bottom * 0.45, 0.46, 0.006, veil(light.sun, 0.6))
    for _ in range(18):
        canvas.disc(
            rng.uniform(0, canvas.right),
            rng.uniform(0, bottom),
            rng.uniform(0.004, 0.02),
            veil(light.sun, rng.uniform(0.1, 0.35)),
        )
    bust(
        canvas.pen(canvas.focus, bottom * 1.02, 0.92),
        rng,
        rgb(rng.choice(SKINS)),
        rgb(rng.choice(HAIR)),
        light.accent,
        words,
    )


def bust(pen: Pen, rng: Random, skin: Rgb, hair: Rgb, cloth: Rgb, words: el.Words) -> None:
    """Head and shoulders, one unit tall, facing the viewer; surprised where the words say so."""
    long_hair = bool(words & {"woman", "girl", "she", "her", "princess", "queen", "lady"}) or (
        not words & {"man", "boy", "he", "his", "king", "guy"} and rng.random() < 0.5
    )
    if long_hair:
        pen.shape(
            [
                (-0.02, -0.97),
                (-0.24, -0.88),
                (-0.31, -0.62),
                (-0.33, -0.3),
                (-0.2, -0.2),
                (0.2, -0.2),
                (0.33, -0.3),
                (0.31, -0.62),
                (0.24, -0.88),
            ],
            darker(hair, 0.2),
        )
    pen.shape(
        [
            (-0.52, 0.1),
            (-0.47, -0.14),
            (-0.3, -0.25),
            (-0.1, -0.31),
            (0.1, -0.31),
            (0.3, -0.25),
            (0.47, -0.14),
            (0.52, 0.1),
        ],
        cloth,
    )
    pen.shape([(0.24, -0.27), (0.47, -0.14), (0.52, 0.1), (0.3, 0.1)], darker(cloth, 0.2))
    pen.shape([(-0.1, -0.42), (-0.11, -0.3), (0, -0.2), (0.11, -0.3), (0.1, -0.42)], darker(skin, 0.2))
    for side in (-1, 1):
        pen.disc(side * 0.2, -0.6, 0.04, darker(skin, 0.1), tall=1.3)
    pen.shape(
        [
            (0, -0.88),
            (-0.15, -0.84),
            (-0.2, -0.66),
            (-0.175, -0.5),
            (-0.09, -0.385),
            (0, -0.36),
            (0.09, -0.385),
            (0.175, -0.5),
            (0.2, -0.66),
            (0.15, -0.84),
        ],
        skin,
    )
    pen.shape(
        [(0.06, -0.86), (0.15, -0.82), (0.2, -0.66), (0.175, -0.5), (0.09, -0.385), (0.03, -0.37), (0.12, -0.55)],
        veil(darker(skin, 0.5), 0.17),
    )
    shocked = bool(words & {"surprised", "shocked", "shock", "surprise", "amazed", "scared", "wow", "omg"})
    for x in (-0.085, 0.085):
        pen.disc(x, -0.615, 0.042 if shocked else 0.034, PAPER, tall=1.1 if shocked else 0.72)
        pen.disc(x, -0.612, 0.021, rgb("#1e1410"))
        lift = 0.04 if shocked else 0.0
        pen.stroke([(x - 0.05, -0.675 - lift), (x, -0.69 - lift), (x + 0.05, -0.675 - lift)], 0.018, hair)
    pen.stroke([(0.0, -0.6), (0.018, -0.53), (-0.01, -0.52)], 0.012, darker(skin, 0.25))
    if shocked:
        pen.disc(0, -0.445, 0.04, rgb("#5c1a1a"), tall=1.3)
    else:
        pen.shape(
            [(-0.065, -0.465), (0, -0.455), (0.065, -0.465), (0.035, -0.43), (0, -0.42), (-0.035, -0.43)],
            rgb("#c94a4a"),
        )
    fringe = [
        (-0.21, -0.62),
        (-0.25, -0.84),
        (-0.1, -0.97),
        (0.1, -0.97),
        (0.25, -0.84),
        (0.21, -0.62),
        (0.17, -0.76),
        (0.06, -0.82),
        (-0.1, -0.79),
    ]
    pen.shape(fringe, hair)
    pen.stroke([(-0.14, -0.9), (0, -0.93), (0.13, -0.89)], 0.014, lighter(hair, 0.25))
