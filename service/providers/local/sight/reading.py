"""The words written in a picture, where the OCR extra is installed."""

from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from service.errors import EngineMissing
from service.providers.local import stills

READ_AT = 1600
SURE = 0.7
"""How sure (0 to 1) the reader must be of a line for it to be passed on."""


def lines(picture: Image.Image) -> tuple[str, ...] | None:
    """The lines of text from top to bottom, none where nothing is written; None without the extra."""
    reader = _reader()
    if reader is None:
        return None
    pixels = np.asarray(stills.within(stills.flat(picture), READ_AT))[:, :, ::-1]
    found = reader(np.ascontiguousarray(pixels))
    if found.txts is None:
        return ()
    return tuple(text.strip() for text, sure in zip(found.txts, found.scores, strict=True) if sure >= SURE)


@cache
def _reader() -> Any:
    try:
        rapidocr = stills.engine("rapidocr", "Reading pictures")
    except EngineMissing:
        return None
    return rapidocr.RapidOCR(params={"Global.log_level": "error"})
