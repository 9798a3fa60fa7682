"""Stickers: small pictures with a white border, drawn as vectors."""

import math
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageFilter

from service.sandbox.pictures.canvas import Pen
from service.sandbox.pictures.color import PAPER, lighter, rgb
from service.sandbox.pictures.scenes import desk, space, stage

OVERSAMPLE = 3
BORDER = 0.045
"""Width of the white border as a share of the sticker's."""

FACE, FEATURE = rgb("#ffcf3f"), rgb("#3b2410")


def _star(pen: Pen, points: int = 5, inner: float = 0.45) -> None:
    outline = [
        (
            math.cos(math.radians(-90 + 180 / points * k)) * (0.46 if k % 2 == 0 else 0.46 * inner),
            math.sin(math.radians(-90 + 180 / points * k)) * (0.46 if k % 2 == 0 else 0.46 * inner) + 0.02,
        )
        for k in range(points * 2)
    ]
    pen.poly(outline, rgb("#ffc021"))
    pen.poly([(x * 0.72, y * 0.72 + 0.005) for x, y in outline], rgb("#ffdd55"))


def _fire(pen: Pen) -> None:
    pen.shape(
        [
            (0.03, -0.46),
            (0.16, -0.2),
            (0.33, -0.08),
            (0.36, 0.2),
            (0.2, 0.43),
            (-0.2, 0.43),
            (-0.36, 0.18),
            (-0.28, -0.1),
            (-0.16, -0.02),
            (-0.12, -0.24),
        ],
        rgb("#f4511e"),
    )
    pen.shape(
        [
            (0.02, -0.16),
            (0.1, 0.0),
            (0.24, 0.12),
            (0.22, 0.32),
            (0.1, 0.42),
            (-0.12, 0.42),
            (-0.23, 0.26),
            (-0.17, 0.08),
            (-0.07, 0.1),
        ],
        rgb("#ffa726"),
    )
    pen.shape([(0.01, 0.1), (0.1, 0.24), (0.08, 0.38), (0, 0.42), (-0.09, 0.37), (-0.1, 0.24)], rgb("#fff176"))


def _heart(pen: Pen) -> None:
    pen.shape(
        [
            (0, 0.42),
            (-0.28, 0.16),
            (-0.44, -0.1),
            (-0.36, -0.34),
            (-0.16, -0.38),
            (0, -0.22),
            (0.16, -0.38),
            (0.36, -0.34),
            (0.44, -0.1),
            (0.28, 0.16),
        ],
        rgb("#ef2b4a"),
    )
    pen.shape([(-0.36, -0.14), (-0.33, -0.26), (-0.2, -0.3), (-0.24, -0.22), (-0.3, -0.1)], rgb("#ff8fa3"))


def _bolt(pen: Pen) -> None:
    pen.poly([(0.1, -0.48), (-0.3, 0.08), (-0.04, 0.08), (-0.12, 0.48), (0.32, -0.12), (0.04, -0.12)], rgb("#ffc400"))
    pen.poly([(0.1, -0.48), (-0.3, 0.08), (-0.18, 0.08), (0.06, -0.3)], rgb("#ffe266"))


def _bulb(pen: Pen) -> None:
    desk.bulb(pen.pen(0, -0.08, 0.34))


def _coin(pen: Pen) -> None:
    pen.disc(0.03, 0.04, 0.44, rgb("#b06f00"))
    pen.disc(0, 0, 0.44, rgb("#ffc933"))
    pen.disc(0, 0, 0.35, rgb("#e8a100"))
    pen.disc(0, 0.015, 0.33, rgb("#ffd75e"))
    pen.stroke(
        [
            (0.13, -0.13),
            (0.0, -0.19),
            (-0.13, -0.12),
            (-0.08, -0.02),
            (0.08, 0.03),
            (0.14, 0.12),
            (0.0, 0.2),
            (-0.14, 0.14),
        ],
        0.06,
        rgb("#9a6100"),
    )
    pen.line([(0, -0.26), (0, 0.26)], 0.045, rgb("#9a6100"))


def _trophy(pen: Pen) -> None:
    gold, deep = rgb("#ffc933"), rgb("#d99100")
    for side in (-1, 1):
        pen.ring(side * 0.26, -0.24, 0.14, 0.055, deep)
    pen.shape([(-0.28, -0.42), (0.28, -0.42), (0.25, -0.12), (0.1, 0.1), (-0.1, 0.1), (-0.25, -0.12)], gold)
    pen.poly([(-0.045, 0.06), (0.045, 0.06), (0.07, 0.28), (-0.07, 0.28)], deep)
    pen.box(-0.19, 0.27, 0.19, 0.42, rgb("#5a3a1a"), round_by=0.04)
    pen.shape([(-0.2, -0.38), (-0.13, -0.38), (-0.12, -0.16), (-0.06, 0.0), (-0.16, -0.12)], rgb("#fff0b3"))
    pen.pen(0.03, -0.2, 0.32).poly(
        [
            (
                math.cos(math.radians(-90 + 36 * k)) * (0.4 if k % 2 == 0 else 0.18),
                math.sin(math.radians(-90 + 36 * k)) * (0.4 if k % 2 == 0 else 0.18),
            )
            for k in range(10)
        ],
        deep,
    )


def _head(pen: Pen) -> None:
    pen.disc(0, 0, 0.44, rgb("#e8a514"))
    pen.disc(0, -0.015, 0.425, FACE)
    pen.disc(-0.14, -0.2, 0.17, lighter(FACE, 0.3), tall=0.7, lean=-35)


def _shocked(pen: Pen) -> None:
    _head(pen)
    for x in (-0.15, 0.15):
        pen.disc(x, -0.1, 0.095, PAPER, tall=1.2)
        pen.disc(x, -0.095, 0.042, FEATURE)
        pen.stroke([(x - 0.09, -0.27), (x, -0.305), (x + 0.09, -0.27)], 0.03, FEATURE)
    pen.disc(0, 0.2, 0.1, FEATURE, tall=1.35)
    pen.disc(0, 0.25, 0.06, rgb("#e35d6a"), tall=0.9)


def _laugh(pen: Pen) -> None:
    _head(pen)
    for x in (-0.16, 0.16):
        pen.stroke([(x - 0.085, -0.06), (x, -0.14), (x + 0.085, -0.06)], 0.04, FEATURE)
    pen.poly(
        [(0.27 * math.cos(math.radians(a)), 0.05 + 0.27 * math.sin(math.radians(a))) for a in range(0, 181, 8)], FEATURE
    )
    pen.box(-0.235, 0.05, 0.235, 0.11, PAPER, round_by=0.02)
    pen.disc(0, 0.26, 0.12, rgb("#e35d6a"), tall=0.5)


def _check(pen: Pen) -> None:
    pen.disc(0, 0, 0.44, rgb("#22a652"))
    pen.line([(-0.2, 0.02), (-0.05, 0.17), (0.22, -0.15)], 0.095, PAPER)


def _cross(pen: Pen) -> None:
    pen.disc(0, 0, 0.44, rgb("#e02b3c"))
    for side in (-1, 1):
        pen.line([(-0.16, -0.16 * side), (0.16, 0.16 * side)], 0.095, PAPER)


def _warning(pen: Pen) -> None:
    pen.shape(
        [(0, -0.44), (0.1, -0.38), (0.44, 0.28), (0.38, 0.4), (-0.38, 0.4), (-0.44, 0.28), (-0.1, -0.38)],
        rgb("#ffc400"),
    )
    pen.line([(0, -0.16), (0, 0.1)], 0.085, FEATURE, to_width=0.055)
    pen.disc(0, 0.25, 0.052, FEATURE)


def _note(pen: Pen) -> None:
    stage.note(pen.pen(0, 0, 0.38), rgb("#8338ec"))


def _controller(pen: Pen) -> None:
    stage.controller(pen.pen(0, 0, 0.42), rgb("#e9edf5"), rgb("#7b5cff"))


def _eyes(pen: Pen) -> None:
    for x in (-0.2, 0.2):
        pen.disc(x, 0, 0.2, rgb("#c9d1de"), tall=1.6)
        pen.disc(x, 0, 0.18, PAPER, tall=1.65)
        pen.disc(x + 0.05, 0.04, 0.085, rgb("#1d2433"), tall=1.3)
        pen.disc(x + 0.025, -0.01, 0.03, PAPER)


def _rocket(pen: Pen) -> None:
    space.rocket(pen.pen(0.03, -0.03, 0.68, turn=40), rgb("#e63946"), rgb("#4cc9f0"))


STICKERS: dict[str, Callable[[Pen], None]] = {
    "fire": _fire,
    "rocket": _rocket,
    "star": _star,
    "heart": _heart,
    "bolt": _bolt,
    "bulb": _bulb,
    "coin": _coin,
    "trophy": _trophy,
    "shocked": _shocked,
    "laugh": _laugh,
    "check": _check,
    "cross": _cross,
    "warning": _warning,
    "note": _note,
    "controller": _controller,
    "eyes": _eyes,
}


@lru_cache(64)
def sticker(name: str, size: int, turn: int = 0) -> Image.Image:
    """The sticker `size` pixels wide (RGBA), its white border and soft shadow within. Treat it as read-only."""
    room = 1 - 3.2 * BORDER
    full = size * OVERSAMPLE
    drawn = Image.new("RGBA", (full, full), (255, 255, 255, 0))
    STICKERS[name](Pen(drawn, full / 2, full / 2, full * room, turn=turn))
    art = drawn.reduce(OVERSAMPLE)
    spread = (
        art.getchannel("A")
        .filter(ImageFilter.GaussianBlur(size * BORDER / 1.6))
        .point(lambda value: min(255, max(0, value - 14) * 9))
    )
    shadow = spread.filter(ImageFilter.GaussianBlur(size * 0.02)).point(lambda value: value * 2 // 5)
    made = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    made.paste(Image.merge("RGBA", [*Image.new("RGB", (size, size)).split(), shadow]), (0, round(size * 0.018)))
    border = Image.new("RGBA", (size, size), (*PAPER, 255))
    border.putalpha(spread)
    made.alpha_composite(border)
    made.alpha_composite(art)
    return made
