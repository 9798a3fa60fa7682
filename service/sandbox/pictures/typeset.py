"""Setting a headline: where its lines break and how large they stand, so that it fills the room it has.

All lengths in pixels. A block's own frame begins at its top left corner, room for highlights around lines included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.sandbox.pictures.breaking import awkward, balanced, row_text, row_width, split_long
from service.sandbox.pictures.fonts import Face
from service.sandbox.pictures.measures import Measures, ink, measured
from service.sandbox.pictures.wording import Headline, Token

MOST_LINES = 8
TALLEST_TO_SMALLEST = 1.8
AWKWARD = 0.9
"""What is left of a setting's worth for each point of awkwardness in its rows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One set line: its text, size, the left end of its ink, its baseline, and its ink's width."""

    text: str
    size: int
    x: float
    baseline: float
    width: float
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A set headline: its lines and measures. `ascent` and `descent` are shares of a line's size."""

    lines: tuple[Line, ...]
    width: float
    height: float
    ascent: float
    descent: float
    face: Face
    rtl: bool

    @property
    def size(self) -> int:
        """The smallest size of its lines."""
        return min((line.size for line in self.lines), default=0)


@dataclass(frozen=True, slots=True)
class Setting:
    """The setting of lines: gap and padding as shares of the size, and whether all are drawn to one width."""

    gap: float = 0.2
    pad: float = 0.1
    stacked: bool = False
    align: str = "left"


def fit(headline: Headline, width: float, height: float, largest: float, setting: Setting) -> Block:
    """The headline as large as it goes into `width` by `height`, no line above `largest` pixels; empty if it is."""
    if not headline.tokens:
        return Block((), 0, 0, 0, 0, headline.face, headline.rtl)
    headline = split_long(headline, width, height)
    measures = measured(headline)
    best: list[tuple[float, list[tuple[int, int]]]] = []
    for count in range(1, min(MOST_LINES, len(headline.tokens)) + 1):
        rows = balanced(headline.tokens, measures, count)
        sizes = _sizes(headline.tokens, measures, rows, width, height, largest, setting)
        ill = sum(awkward(headline.tokens, start, end) for start, end in rows)
        best.append((_worth(sizes, measures.ascent * sum(sizes) / height) * AWKWARD**ill, rows))
    rows = max(best, key=lambda choice: choice[0])[1]
    scale = 1.0
    for _ in range(12):
        block = _set(headline, measures, rows, width * scale, height * scale, largest, setting)
        if block.width <= width + 0.5 and block.height <= height + 0.5:
            break
        scale *= 0.97
    return block


def _worth(sizes: list[float], filled: float) -> float:
    """Large letters first; between nearly equal ones, those that fill the height."""
    return min(sizes) * (1 + 0.25 * min(1.0, filled)) + 0.2 * (sum(sizes) / len(sizes) - min(sizes))


def _sizes(
    tokens: Sequence[Token],
    measures: Measures,
    rows: list[tuple[int, int]],
    width: float,
    height: float,
    largest: float,
    setting: Setting,
) -> list[float]:
    """The size of every row's letters in pixels."""
    widths = [row_width(tokens, measures, start, end) + 2 * setting.pad for start, end in rows]
    reach = measures.ascent + measures.descent
    even = width / max(widths)
    sizes = [min(width / each, even * TALLEST_TO_SMALLEST) if setting.stacked else even for each in widths]
    tall = sum(size * reach for size in sizes) + setting.gap * sum(sizes[:-1]) + setting.pad * (sizes[0] + sizes[-1])
    scale = min(1.0, height / tall)
    return [min(size * scale, largest) for size in sizes]


def _set(
    headline: Headline,
    measures: Measures,
    rows: list[tuple[int, int]],
    width: float,
    height: float,
    largest: float,
    setting: Setting,
) -> Block:
    """Lines placed one under another."""
    sizes = [max(8, int(size)) for size in _sizes(headline.tokens, measures, rows, width, height, largest, setting)]
    texts = [row_text(headline.tokens[start:end]) for start, end in rows]
    inks = [ink(headline.face, size, text, headline.rtl) for size, text in zip(sizes, texts, strict=True)]
    broad = max(right - left + 2 * setting.pad * size for (left, _, right, _), size in zip(inks, sizes, strict=True))
    strong = strongest(texts)
    lines: list[Line] = []
    y = setting.pad * sizes[0]
    for index, (text, size, (left, _, right, _)) in enumerate(zip(texts, sizes, inks, strict=True)):
        slack = broad - (right - left) - 2 * setting.pad * size
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[setting.align]
        y += measures.ascent * size
        lines.append(Line(text, size, setting.pad * size + slack * share, y, right - left, index == strong))
        y += measures.descent * size + setting.gap * size
    bottom = y - setting.gap * sizes[-1] + setting.pad * sizes[-1]
    return Block(tuple(lines), broad, bottom, measures.ascent, measures.descent, headline.face, headline.rtl)


def strongest(texts: list[str]) -> int:
    """The line to stress: the last with a figure in it, else the last; none of one."""
    if len(texts) < 2:
        return -1
    figures = [place for place, text in enumerate(texts) if any(character.isdigit() for character in text)]
    return figures[-1] if figures else len(texts) - 1
