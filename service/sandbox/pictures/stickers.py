"""Stickers: figures with a white border."""

from functools import lru_cache

from PIL import Image, ImageFilter

from service.sandbox.pictures.canvas import Pen
from service.sandbox.pictures.color import PAPER
from service.sandbox.pictures.figures import draw

OVERSAMPLE = 3
BORDER = 0.045
"""Width of the white border as a share of the sticker's."""


@lru_cache(64)
def sticker(name: str, size: int, turn: int = 0) -> Image.Image:
    """The sticker `size` pixels wide (RGBA), its white border and soft shadow within. Treat it as read-only."""
    room = 1 - 3.2 * BORDER
    full = size * OVERSAMPLE
    drawn = Image.new("RGBA", (full, full), (255, 255, 255, 0))
    draw(Pen(drawn, full / 2, full / 2, full * room, turn=turn), f"stickers/{name}")
    art = drawn.reduce(OVERSAMPLE)
    spread = (
        art.getchannel("A")
        .filter(ImageFilter.GaussianBlur(size * BORDER / 1.6))
        .point(lambda value: min(255, max(0, value - 14) * 9))
    )
    shadow = spread.filter(ImageFilter.GaussianBlur(size * 0.02)).point(lambda value: value * 2 // 5)
    made = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    made.paste(Image.merge("RGBA", [*Image.new("RGB", (size, size)).split(), shadow]), (0, round(size * 0.018)))
    border = Image.new("RGBA", (size, size), (*PAPER, 255))
    border.putalpha(spread)
    made.alpha_composite(border)
    made.alpha_composite(art)
    return made
