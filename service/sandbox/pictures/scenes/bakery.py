"""Bread and cake."""

from random import Random

from service.sandbox.pictures.canvas import Pen
from service.sandbox.pictures.color import PAPER, lighter, rgb, veil

CRUST, CRUMB, FLOUR = rgb("#b5651d"), rgb("#f6dfb2"), rgb("#fff6e2")


def loaf(pen: Pen, rng: Random) -> None:
    """A round country loaf with a scored crust, two slices cut from it, ears of wheat before it."""
    pen.shape(
        [
            (-0.5, -0.02),
            (-0.66, -0.22),
            (-0.56, -0.52),
            (-0.2, -0.7),
            (0.2, -0.68),
            (0.5, -0.48),
            (0.58, -0.2),
            (0.44, 0),
        ],
        CRUST,
    )
    pen.shape(
        [(-0.46, -0.3), (-0.44, -0.5), (-0.14, -0.63), (0.2, -0.61), (0.4, -0.46), (0.1, -0.44), (-0.2, -0.42)],
        lighter(CRUST, 0.2),
    )
    for step in range(3):
        x = -0.34 + 0.24 * step
        pen.shape([(x, -0.33), (x + 0.06, -0.5), (x + 0.2, -0.6), (x + 0.13, -0.46)], FLOUR)
    for _ in range(26):
        pen.disc(rng.uniform(-0.42, 0.36), rng.uniform(-0.58, -0.24), rng.uniform(0.004, 0.012), veil(FLOUR, 0.7))
    for at, lean in ((0.5, 14), (0.34, 8)):
        _slice(pen.pen(at, 0.03, 0.86, turn=lean), rng)
    for side in (-1, 1):
        _ear(pen.pen(-0.34 + side * 0.08, 0.07, 0.5, turn=-62 + side * 9))


def _slice(pen: Pen, rng: Random) -> None:
    """One slice, standing."""
    outline = [
        (-0.2, 0),
        (-0.26, -0.3),
        (-0.3, -0.5),
        (-0.14, -0.62),
        (0.14, -0.62),
        (0.3, -0.5),
        (0.26, -0.3),
        (0.2, 0),
    ]
    pen.shape(outline, CRUST)
    pen.shape([(x * 0.86, y * 0.9 - 0.022) for x, y in outline], CRUMB)
    for _ in range(16):
        pen.disc(
            rng.uniform(-0.16, 0.16), rng.uniform(-0.5, -0.08), rng.uniform(0.008, 0.022), veil(rgb("#d9b06c"), 0.75)
        )


def _ear(pen: Pen) -> None:
    """An ear of wheat on its stalk, one unit long."""
    gold = rgb("#e9b949")
    pen.line([(0, 0), (0, -0.95)], 0.03, rgb("#c99a2e"))
    for step in range(5):
        for side in (-1, 1):
            pen.disc(side * 0.065, -0.5 - 0.11 * step, 0.052, gold, tall=1.8, lean=side * 28)
    pen.disc(0, -1.05, 0.05, gold, tall=1.9)


def cake(pen: Pen, rng: Random) -> None:
    """A layered cake with icing, berries and a candle."""
    pen.disc(0, 0, 0.62, rgb("#f1f3f5"), tall=0.13)
    for base, half, tone, icing in ((0.0, 0.5, "#f7c6d9", "#d6336c"), (-0.3, 0.36, "#fff0f3", "#f783ac")):
        pen.box(-half, base - 0.32, half, base, rgb(tone), round_by=0.04)
        pen.box(half * 0.45, base - 0.32, half, base, veil(rgb("#862e4c"), 0.16), round_by=0.04)
        pen.box(-half, base - 0.17, half, base - 0.13, rgb(icing))
        drip = [(-half, base - 0.32)]
        for step in range(9):
            x = -half + 2 * half * step / 8
            drip += [
                (x - half * 0.06, base - 0.3 + rng.uniform(0.03, 0.09)),
                (x + half * 0.06, base - 0.3 + rng.uniform(0.03, 0.09)),
                (x + half * 0.13, base - 0.27),
            ]
        pen.shape([*drip, (half, base - 0.34), (-half, base - 0.34)], rgb(icing))
    for x in (-0.28, -0.14, 0.14, 0.28):
        pen.disc(x, -0.66, 0.055, rgb("#e03131"))
        pen.disc(x - 0.015, -0.68, 0.016, veil(PAPER, 0.7))
    pen.box(-0.022, -0.88, 0.022, -0.64, rgb("#4dabf7"))
    pen.shape([(0, -1.03), (0.04, -0.93), (0, -0.88), (-0.04, -0.93)], rgb("#ffd43b"))
    pen.shape([(0, -0.98), (0.02, -0.92), (0, -0.89), (-0.02, -0.92)], rgb("#ff922b"))
