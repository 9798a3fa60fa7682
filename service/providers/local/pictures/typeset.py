"""Setting a headline: where its lines break and how large they stand, so that it fills the room it has.

All lengths in pixels. A block's own frame begins at its top left corner, room for highlights around lines included.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from service.providers.local.pictures.fonts import Face, font
from service.providers.local.pictures.wording import Headline, Token

PROBE = 200
"""The size in pixels at which words are measured before their size is known."""

MOST_LINES = 8
TALLEST_TO_SMALLEST = 2.3


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
    """How lines are set: the gap between them and the padding around each as shares of the size; whether to one width."""

    gap: float = 0.2
    pad: float = 0.1
    stacked: bool = False
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Measures:
    """Widths of a headline's tokens and its vertical reach, per pixel of size."""

    widths: tuple[float, ...]
    space: float
    ascent: float
    descent: float


@lru_cache(256)
def ink(face: Face, size: int, text: str, rtl: bool) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the text's ink from the start of its baseline."""
    left, top, right, bottom = font(face, size).getbbox(text, anchor="ls", direction=direction(rtl))
    return float(left), float(top), float(right), float(bottom)


def direction(rtl: bool) -> str | None:
    """What Pillow must be told to set a text from right to left; nothing else needs telling, nor can always be told."""
    return "rtl" if rtl else None


def measured(headline: Headline) -> Measures:
    """The headline's measures per pixel of size."""
    boxes = [ink(headline.face, PROBE, token.text, headline.rtl) for token in headline.tokens]
    cap = -ink(headline.face, PROBE, "H", False)[1]
    widths = tuple(
        font(headline.face, PROBE).getlength(token.text, direction=direction(headline.rtl)) / PROBE
        for token in headline.tokens
    )
    space = font(headline.face, PROBE).getlength(" ") / PROBE
    ascent = max(cap, *(-top for _, top, _, _ in boxes)) / PROBE
    descent = max(0.0, *(bottom for _, _, _, bottom in boxes)) / PROBE
    return Measures(widths, space, ascent, descent)


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
        best.append((_worth(sizes, measures.ascent * sum(sizes) / height), rows))
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
    return min(sizes) * (1 + 0.25 * min(1.0, filled)) + 0.35 * (sum(sizes) / len(sizes) - min(sizes))


def split_long(headline: Headline, width: float, height: float) -> Headline:
    """Words that would force tiny letters, cut into pieces, hyphens between where the script has them."""
    narrowest = height * 0.13
    pieces: list[Token] = []
    for token in headline.tokens:
        length = font(headline.face, PROBE).getlength(token.text) / PROBE * narrowest
        parts = max(1, -int(-length // width))
        cuts = [
            0,
            *(_clear_of_marks(token.text, round(len(token.text) * part / parts)) for part in range(1, parts)),
            len(token.text),
        ]
        for start, end in zip(cuts, cuts[1:], strict=False):
            if start < end:
                hyphen = (
                    "-" if end < len(token.text) and token.text[end - 1].lower() != token.text[end - 1].upper() else ""
                )
                pieces.append(Token(token.text[start:end] + hyphen, token.glued or start > 0))
    return replace(headline, tokens=tuple(pieces))


def _clear_of_marks(text: str, cut: int) -> int:
    """The cut, moved on so that no mark loses its letter, nor a Thai vowel the consonant it is written before."""
    while 0 < cut < len(text) and (
        unicodedata.category(text[cut]).startswith("M") or text[cut] in "ะาำ" or text[cut - 1] in "เแโใไ"
    ):
        cut += 1
    return cut


def balanced(tokens: Sequence[Token], measures: Measures, count: int) -> list[tuple[int, int]]:
    """The tokens in `count` rows (first, past the last), the widest row as narrow as can be."""
    total = len(tokens)
    table = [[float("inf")] * (total + 1) for _ in range(count + 1)]
    cut = [[0] * (total + 1) for _ in range(count + 1)]
    table[0][0] = 0.0
    for row in range(1, count + 1):
        for end in range(row, total + 1):
            for start in range(end - 1, row - 2, -1):
                worst = max(table[row - 1][start], row_width(tokens, measures, start, end))
                if worst < table[row][end]:
                    table[row][end], cut[row][end] = worst, start
                elif row_width(tokens, measures, start, end) > table[row][end]:
                    break
    rows: list[tuple[int, int]] = []
    end = total
    for row in range(count, 0, -1):
        rows.insert(0, (cut[row][end], end))
        end = cut[row][end]
    return rows


def row_width(tokens: Sequence[Token], measures: Measures, start: int, end: int) -> float:
    """A row's width per pixel of size."""
    spaces = sum(1 for token in tokens[start + 1 : end] if not token.glued)
    return sum(measures.widths[start:end]) + spaces * measures.space


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


def row_text(tokens: Sequence[Token]) -> str:
    """A row's tokens as one text."""
    return "".join(token.text if token.glued or place == 0 else f" {token.text}" for place, token in enumerate(tokens))


def strongest(texts: list[str]) -> int:
    """The line to stress: the last with a figure in it, else the last; none of one."""
    if len(texts) < 2:
        return -1
    figures = [place for place, text in enumerate(texts) if any(character.isdigit() for character in text)]
    return figures[-1] if figures else len(texts) - 1
