"""The words written in a picture, where the OCR extra is installed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.errors import EngineMissing
from service.sandbox import stills

READ_AT = 1600
# Pixels of the short side below which nothing is written; how many parts of a long picture are read.
SHORTEST, MOST_PARTS = 8, 3
# How long a part may be for its short side: a banner's line of text is read whole.
WIDEST_PART, TALLEST_PART = 6, 2
OVERLAP = 0.03
SURE = 0.7
"""How sure (0 to 1) the reader must be of a line for it to be passed on."""


def lines(picture: Image.Image) -> tuple[str, ...] | None:
    """The lines of text from top to bottom, none where nothing is written; None without the extra."""
    reader = _reader()
    if reader is None:
        return None
    found = [line for part in _parts(stills.flat(picture)) for line in _read(reader, part)]
    # What stands where two parts overlap is read twice.
    return tuple(line for number, line in enumerate(found) if number == 0 or line != found[number - 1])


def _parts(picture: Image.Image) -> Iterator[Image.Image]:
    """Yield the parts of a picture that can be read: a long one in pieces, since the reader enlarges the short side.

    One as thin as a line of hair has nothing to read.
    """
    if min(picture.size) < SHORTEST:
        return
    across = picture.width >= picture.height
    long, short = max(picture.size), min(picture.size)
    step = min(long, short * (WIDEST_PART if across else TALLEST_PART))
    for number in range(min(MOST_PARTS, -(-long // step))):
        start = number * step
        end = min(long, start + round(step * (1 + OVERLAP)))
        box = (start, 0, end, picture.height) if across else (0, start, picture.width, end)
        part = picture.crop(box) if end - start < long else picture
        yield stills.within(part, READ_AT)


def _read(reader: Any, picture: Image.Image) -> tuple[str, ...]:
    found = reader(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))
    if found.txts is None:
        return ()
    words = zip(found.boxes, found.txts, found.scores, strict=True)
    return _rows([Word.of(box, text) for box, text, sure in words if sure >= SURE and text.strip()])


@dataclass(frozen=True, slots=True)
class Word:
    """One stretch of text with its left edge, its middle and its height in pixels."""

    text: str
    left: float
    middle: float
    height: float

    @classmethod
    def of(cls, box: NDArray[np.float32], text: str) -> "Word":
        """From the corners of its box, four of x and y."""
        top, bottom = float(box[:, 1].min()), float(box[:, 1].max())
        return cls(text.strip(), float(box[:, 0].min()), (top + bottom) / 2, bottom - top)


def _rows(words: list[Word]) -> tuple[str, ...]:
    """Return what stands side by side as one line each."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda one: one.middle):
        if rows and abs(rows[-1][0].middle - word.middle) < 0.5 * min(word.height, rows[-1][0].height):
            rows[-1].append(word)
        else:
            rows.append([word])
    return tuple(" ".join(word.text for word in sorted(row, key=lambda one: one.left)) for row in rows)


@cache
def _reader() -> Any:
    try:
        rapidocr = stills.engine("rapidocr", "Reading pictures")
    except EngineMissing:
        return None
    return rapidocr.RapidOCR(params={"Global.log_level": "error"})
