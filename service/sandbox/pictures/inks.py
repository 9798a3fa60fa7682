"""The treatments and colours of a title's letters: every pair of letters and ground reads."""

from dataclasses import dataclass

from service.sandbox.pictures.color import READABLE, Rgb, darker, ink_on, readable
from service.sandbox.pictures.styles import Palette
from service.sandbox.pictures.typeset import Line


@dataclass(frozen=True, slots=True)
class Treatment:
    """A treatment of letters: gap and padding (shares of the size), outline width, and what stands behind them.

    `behind` is the ground a reader's eye sets the letters against: picture, edge (their outline) or strip.
    """

    gap: float
    pad: float
    edge: float = 0.0
    behind: str = "picture"


TREATMENTS = {
    "bar": Treatment(0.34, 0.14),
    "plain": Treatment(0.26, 0.04),
    "underline": Treatment(0.24, 0.06),
    "neon": Treatment(0.26, 0.12),
    "pop": Treatment(0.3, 0.16, edge=0.085, behind="edge"),
    "block": Treatment(0.3, 0.12),
    "strips": Treatment(0.4, 0.17, behind="strip"),
}


@dataclass(frozen=True, slots=True)
class Inks:
    """A line's letters and, where it has one, the strip or outline they stand on."""

    letters: Rgb
    backing: Rgb | None


def inks(treatment: str, line: Line, palette: Palette, ground: Rgb) -> Inks:
    """The colours of one line; every pair reads at 4.5 or better. `ground` is what lies behind the title."""
    if treatment == "strips":
        strip = palette.accent if line.strong else palette.title
        return Inks(ink_on(strip) if line.strong else readable(palette.panel, strip), strip)
    if treatment == "bar" and line.strong:
        return Inks(ink_on(palette.accent), palette.accent)
    if treatment == "pop":
        edge = darker(palette.deep, 0.75)
        return Inks(readable(palette.accent if line.strong else palette.title, edge), edge)
    color = palette.accent if line.strong and treatment != "neon" else palette.title
    return Inks(readable(color, ground, READABLE + 0.2), None)
