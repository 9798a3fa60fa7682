"""Breaks a headline into lines: rows as even as can be, no figure parted from what it counts."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from operator import add

from service.sandbox.pictures.fonts import font
from service.sandbox.pictures.measures import PROBE, Measures
from service.sandbox.pictures.wording import Headline, Token

LONG_WORD = 0.085
"""A word is cut where it would force letters below this share of the room's reach (see `split_long`)…"""

CUT_WORD = 0.17
"""…and then into pieces that leave letters of this share."""

AFTER_THEIR_LETTER, BEFORE_THEIR_LETTER = "ะาำະາຳ", "เแโใไເແໂໃໄ\u200d"
VIRAMA = 9
"""Unicode's class of the sign that binds the letter after it to the one before."""

MITE = 2
"""Characters of a word too short for a line of its own."""


def split_long(headline: Headline, width: float, height: float) -> Headline:
    """Words that would force tiny letters, cut into pieces, hyphens between where the script has them."""
    reach = max(height, 0.7 * width)
    pieces: list[Token] = []
    for token in headline.tokens:
        length = font(headline.face, PROBE).getlength(token.text) / PROBE * reach
        parts = max(1, -int(-length * CUT_WORD // width)) if length * LONG_WORD > width else 1
        even = [_clear_of_marks(token.text, round(len(token.text) * part / parts)) for part in range(1, parts)]
        for start, end in pairwise([0, *even, len(token.text)]):
            if start < end:
                pieces.append(Token(token.text[start:end] + _hyphen(token.text, end), token.glued or start > 0))
    return replace(headline, tokens=tuple(pieces))


def _hyphen(text: str, end: int) -> str:
    """A hyphen after a cut in a script with capitals: those that have none write none."""
    return "-" if end < len(text) and text[end - 1].lower() != text[end - 1].upper() else ""


def _clear_of_marks(text: str, cut: int) -> int:
    """The cut, moved on so that no mark loses its letter, nor a Thai vowel the consonant it is written before."""
    while 0 < cut < len(text) and (
        unicodedata.category(text[cut]).startswith("M")
        or text[cut] in AFTER_THEIR_LETTER
        or text[cut - 1] in BEFORE_THEIR_LETTER
        or unicodedata.combining(text[cut - 1]) == VIRAMA
    ):
        cut += 1
    return cut


def balanced(tokens: Sequence[Token], measures: Measures, count: int) -> list[tuple[int, int]]:
    """The tokens in `count` rows (first, past the last): widest row as narrow as can be, then fewest awkward breaks."""
    total = len(tokens)
    gaps = [0.0 if token.glued else measures.space for token in tokens]
    reach = [0.0, *accumulate(map(add, measures.widths, gaps))]
    table = [[(float("inf"), 0)] * (total + 1) for _ in range(count + 1)]
    cut = [[0] * (total + 1) for _ in range(count + 1)]
    table[0][0] = (0.0, 0)
    for row in range(1, count + 1):
        for end in range(row, total + 1):
            for start in range(end - 1, row - 2, -1):
                wide = reach[end] - reach[start] - gaps[start]
                widest, before = table[row - 1][start]
                cost = (max(widest, wide), before + awkward(tokens, start, end))
                if cost < table[row][end]:
                    table[row][end], cut[row][end] = cost, start
                elif wide > table[row][end][0]:
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


def awkward(tokens: Sequence[Token], start: int, end: int) -> int:
    """Score how ill a row reads, 0 for well."""
    last = tokens[end - 1].text
    alone = end - start == 1 and len(tokens) > 1
    if alone and len(last) <= MITE:
        return 3
    if end == len(tokens) or tokens[end].glued or not last.isdecimal():
        return 0
    return 3 if alone else 1


def row_text(tokens: Sequence[Token]) -> str:
    """A row's tokens as one text."""
    return "".join(token.text if token.glued or place == 0 else f" {token.text}" for place, token in enumerate(tokens))
