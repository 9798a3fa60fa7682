"""The ground a title needs so as to be read over anything: measured, then calmed as little as will do."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from service.sandbox.pictures.boxes import Box
from service.sandbox.pictures.color import READABLE, Rgb, contrast, darker, lighter, mix, readable
from service.sandbox.pictures.layout import Layout
from service.sandbox.pictures.styles import Palette

MARGIN_OF_READING = 0.4
"""How far over the least contrast a ground is prepared, since letters' neighbourhood varies."""


def grounded(image: Image.Image, layout: Layout, palette: Palette) -> Rgb:
    """Calms what lies behind the title until the title's colour reads on it; the ground's most difficult colour."""
    box = layout.title.grown(0.02 * layout.height)
    wanted = readable(palette.title, palette.deep)
    shade = (
        darker(palette.deep, 0.4)
        if contrast(wanted, (0, 0, 0)) > contrast(wanted, (255, 255, 255))
        else lighter(palette.panel, 0.5)
    )
    worst = hardest(image, box, wanted)
    for step in range(21):
        opacity = step / 20
        if contrast(wanted, mix(worst, shade, opacity)) >= READABLE + MARGIN_OF_READING or step == 20:
            break
    if opacity > 0:
        _veil(image, box, shade, opacity)
    return mix(worst, shade, opacity)


def hardest(image: Image.Image, box: Box, letters: Rgb) -> Rgb:
    """Of all there is in the box, the colour on which the letters read worst (the outermost hundredth left out)."""
    crop = image.crop(
        (
            max(0, int(box.left)),
            max(0, int(box.top)),
            min(image.width, int(box.right) + 1),
            min(image.height, int(box.bottom) + 1),
        )
    )
    crop.thumbnail((160, 160), Image.Resampling.BOX)
    pixels = np.asarray(crop, np.float32).reshape(-1, 3)
    weight = pixels @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    dark_letters = contrast(letters, (255, 255, 255)) > contrast(letters, (0, 0, 0))
    limit = np.percentile(weight, 1 if dark_letters else 99)
    chosen = pixels[np.argmin(np.abs(weight - limit))]
    return int(chosen[0]), int(chosen[1]), int(chosen[2])


def _veil(image: Image.Image, box: Box, shade: Rgb, opacity: float) -> None:
    """A shade with soft edges, full strength over the whole box; towards near sides of the frame it has no edge."""
    soft, small = 0.075 * image.height, 8
    near = 0.14
    left = -image.width if box.left < near * image.width else box.left - 1.7 * soft
    top = -image.height if box.top < near * image.height else box.top - 1.7 * soft
    right = 2 * image.width if box.right > (1 - near) * image.width else box.right + 1.7 * soft
    bottom = 2 * image.height if box.bottom > (1 - near) * image.height else box.bottom + 1.7 * soft
    mask = Image.new("L", (image.width // small + 1, image.height // small + 1))
    ImageDraw.Draw(mask).rounded_rectangle(
        [value / small for value in (left, top, right, bottom)], 1.6 * soft / small, fill=255
    )
    mask = mask.filter(ImageFilter.GaussianBlur(soft / small)).resize(
        (mask.width * small, mask.height * small), Image.Resampling.BICUBIC
    )
    mask = mask.crop((0, 0, image.width, image.height)).point(lambda value: round(value * opacity))
    image.paste(shade, (0, 0), mask)
