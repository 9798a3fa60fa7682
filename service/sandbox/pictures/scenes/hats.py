"""Hats, for whoever the words dress in one."""

from collections.abc import Callable

from service.sandbox.pictures.canvas import Pen
from service.sandbox.pictures.color import PAPER, Rgb, mix, rgb
from service.sandbox.pictures.scenes import elements as el

Draw = Callable[[Pen, Rgb], None]


def hat_for(words: el.Words) -> Draw | None:
    """The hat that the words call for, of which several are asked for the most particular; None where there is none."""
    return next((draw for calls, draw in HATS if words & calls), None)


def crown(pen: Pen, accent: Rgb) -> None:
    """A golden crown half a unit wide, resting on the pen's origin."""
    gold = rgb("#ffc93c")
    pen.poly([(-0.2, 0), (-0.24, -0.22), (-0.11, -0.11), (0, -0.27), (0.11, -0.11), (0.24, -0.22), (0.2, 0)], gold)
    pen.box(-0.2, -0.05, 0.2, 0.02, mix(gold, rgb("#b9770e"), 0.5), round_by=0.02)
    for x, y in ((-0.24, -0.23), (0, -0.28), (0.24, -0.23)):
        pen.disc(x, y, 0.03, accent)


def pointed(pen: Pen, accent: Rgb) -> None:
    """A wizard's or a party's pointed hat, resting on the pen's origin."""
    cloth = rgb("#4b3fae")
    pen.disc(0, 0, 0.29, cloth, tall=0.2)
    pen.poly([(-0.17, 0), (0.03, -0.46), (0.17, 0)], cloth)
    pen.poly([(-0.17, 0.01), (-0.135, -0.07), (0.145, -0.07), (0.17, 0.01)], accent)
    for x, y, radius in ((-0.04, -0.16, 0.022), (0.05, -0.2, 0.016), (0.02, -0.31, 0.018)):
        pen.disc(x, y, radius, rgb("#ffe27a"))


def top(pen: Pen, accent: Rgb) -> None:
    """A silk top hat with a band, resting on the pen's origin."""
    silk, sheen = rgb("#23242e"), mix(rgb("#23242e"), PAPER, 0.22)
    pen.disc(0, 0, 0.29, silk, tall=0.2)
    pen.poly([(-0.17, 0), (-0.195, -0.34), (0.195, -0.34), (0.17, 0)], silk)
    pen.disc(0, -0.34, 0.195, sheen, tall=0.18)
    pen.poly([(-0.17, 0.02), (-0.177, -0.08), (0.177, -0.08), (0.17, 0.02)], accent)
    pen.poly([(-0.12, -0.09), (-0.13, -0.31), (-0.09, -0.31), (-0.085, -0.09)], sheen)


HATS: tuple[tuple[frozenset[str], Draw], ...] = (
    (frozenset({"crown", "king", "queen", "prince", "princess", "royal"}), crown),
    (frozenset({"wizard", "witch", "sorcerer", "magician", "birthday", "party"}), pointed),
    (frozenset({"hat", "hats", "tophat", "top-hat", "gentleman"}), top),
)
