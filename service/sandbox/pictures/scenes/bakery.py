"""Bread and cake."""

from random import Random

from service.sandbox.pictures.canvas import Pen
from service.sandbox.pictures.color import rgb, veil
from service.sandbox.pictures.figures import draw


def loaf(pen: Pen, rng: Random) -> None:
    """A floured country loaf, two slices cut from it, ears of wheat before it."""
    draw(pen, "food/loaf")
    for _ in range(26):
        x, y = rng.uniform(-0.42, 0.36), rng.uniform(-0.58, -0.24)
        pen.disc(x, y, rng.uniform(0.004, 0.012), veil(rgb("#fff6e2"), 0.7))
    for at, lean in ((0.5, 14), (0.34, 8)):
        _slice(pen.pen(at, 0.03, 0.86, turn=lean), rng)
    for side in (-1, 1):
        draw(pen.pen(-0.34 + side * 0.08, 0.07, 0.5, turn=-62 + side * 9), "food/ear")


def _slice(pen: Pen, rng: Random) -> None:
    """One slice, standing, its crumb full of holes."""
    draw(pen, "food/slice")
    for _ in range(16):
        x, y = rng.uniform(-0.16, 0.16), rng.uniform(-0.5, -0.08)
        pen.disc(x, y, rng.uniform(0.008, 0.022), veil(rgb("#d9b06c"), 0.75))


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
    draw(pen, "food/cake-topping")
