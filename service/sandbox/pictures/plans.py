"""Compositions of a thumbnail, in shares of its frame: where the picture is and where the title may stand."""

from dataclasses import dataclass

from service.sandbox.pictures.canvas import Point

MARGIN = 0.036
"""Of the frame's width, on every side."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A composition in shares of the frame: the picture's form and place, and the text's.

    `form` is full, fade (full, melting into the panel on the text's side), slant, card or circle; `text` is left, top,
    right, bottom; `wide` is what `text` becomes for long titles, with `outline` moved aside by `shift`.
    """

    form: str
    text: tuple[float, float, float, float]
    outline: tuple[Point, ...] = ()
    align: str = "left"
    anchor: float = 0.5
    focus: float = 0.7
    shift: float = 0.0
    spots: tuple[Point, ...] = ((0.88, 0.16), (0.68, 0.84), (0.12, 0.16), (0.12, 0.84))


M = MARGIN
PLANS = {
    "slant-right": Composition(
        "slant",
        (M, 0, 0.492, 1),
        ((0.6, 0), (1, 0), (1, 1), (0.505, 1)),
        shift=0.09,
        spots=((0.9, 0.16), (0.66, 0.82), (0.74, 0.16)),
    ),
    "slant-left": Composition(
        "slant",
        (0.508, 0, 1 - M, 0.85),
        ((0, 0), (0.495, 0), (0.4, 1), (0, 1)),
        shift=-0.09,
        spots=((0.1, 0.84), (0.3, 0.82), (0.1, 0.16)),
    ),
    "fade": Composition(
        "fade", (M, 0, 0.55, 1), ((0.36, 0), (1, 0), (1, 1), (0.36, 1)), shift=0.07, spots=((0.9, 0.16), (0.7, 0.84))
    ),
    "full-bottom": Composition(
        "full", (M, 0.44, 0.72, 1), anchor=1.0, focus=0.74, shift=0.1, spots=((0.9, 0.16), (0.1, 0.18), (0.9, 0.4))
    ),
    "full-top": Composition(
        "full", (M, 0, 1 - M, 0.46), anchor=0.0, align="center", focus=0.5, spots=((0.1, 0.8), (0.72, 0.82))
    ),
    "card": Composition(
        "card",
        (M, 0, 0.51, 1),
        ((0.56, 0.13), (0.945, 0.13), (0.945, 0.8), (0.56, 0.8)),
        shift=0.06,
        spots=((0.92, 0.13), (0.57, 0.8), (0.66, 0.86)),
    ),
    "circle": Composition(
        "circle",
        (M, 0, 0.515, 1),
        ((0.545, 0.06), (0.965, 0.06), (0.965, 0.84), (0.545, 0.84)),
        shift=0.05,
        spots=((0.91, 0.15), (0.6, 0.8)),
    ),
    "center": Composition(
        "full", (0.1, 0.06, 0.9, 0.85), align="center", focus=0.5, spots=((0.1, 0.16), (0.9, 0.16), (0.1, 0.86))
    ),
}
SQUARE = {
    "slant-right": Composition(
        "slant",
        (M, 0, 1 - M, 0.5),
        ((0, 0.595), (1, 0.51), (1, 1), (0, 1)),
        focus=0.5,
        spots=((0.12, 0.86), (0.86, 0.66)),
    ),
    "slant-left": Composition(
        "slant",
        (M, 0.475, 1 - M, 0.855),
        ((0, 0), (1, 0), (1, 0.385), (0, 0.465)),
        focus=0.5,
        spots=((0.86, 0.13), (0.13, 0.13)),
    ),
    "fade": Composition("full", (M, 0, 1 - M, 0.5), anchor=0.05, focus=0.5, spots=((0.12, 0.86), (0.12, 0.6))),
    "full-bottom": Composition("full", (M, 0.46, 0.83, 1), anchor=1.0, focus=0.5, spots=((0.86, 0.13), (0.13, 0.13))),
    "full-top": Composition(
        "full", (M, 0, 1 - M, 0.5), anchor=0.0, align="center", focus=0.5, spots=((0.12, 0.86), (0.12, 0.6))
    ),
    "card": Composition(
        "card",
        (M, 0, 1 - M, 0.5),
        ((0.16, 0.535), (0.8, 0.535), (0.8, 0.955), (0.16, 0.955)),
        align="center",
        focus=0.5,
        spots=((0.88, 0.62), (0.12, 0.86)),
    ),
    "circle": Composition(
        "circle",
        (M, 0, 1 - M, 0.49),
        ((0.24, 0.505), (0.72, 0.505), (0.72, 0.98), (0.24, 0.98)),
        align="center",
        focus=0.5,
        spots=((0.84, 0.6), (0.13, 0.84)),
    ),
    "center": Composition(
        "full", (0.07, 0.08, 0.93, 0.85), align="center", focus=0.5, spots=((0.13, 0.13), (0.86, 0.13))
    ),
}
