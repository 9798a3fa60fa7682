"""A caller's picture: read with care, freed of letterbox bars, cropped around what it shows."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter

from service.sandbox.job import Source
from service.sandbox.media import pictures

ROLES = ("image", "reference_image")
HEADS_ABOVE = 0.3
"""How far above the middle (of -1 to 1) heads stand in most pictures."""

HEAD_OF_UPRIGHT = 0.28
"""Where the head is in an upright picture of someone, as a share of its height."""

UPRIGHT = 1.15
"""Pictures less wide than this times their height count as upright."""

STRIP = 0.55
"""An upright picture of which less than this share of its height is shown keeps its top: heads are there."""


def primary(references: Sequence[Source]) -> Source | None:
    """The picture that counts most: the `image`, else the first `reference_image`."""
    return next((reference for role in ROLES for reference in references if reference.role == role), None)


def opened(reference: Source, wanted: tuple[int, int]) -> Image.Image:
    """Return the reference upright in RGB, transparency laid on white; a large JPEG no larger than twice `wanted`.

    Raises ReferenceUnreachable where the file is no picture that can be read, or has over 50 megapixels.
    """
    draft = wanted[0] * 2, wanted[1] * 2
    return trimmed(_flat(pictures.read(reference.path, reference.name, reference.pointer, draft)))


def _flat(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, (255, 255, 255))
    ground.paste(image, (0, 0), image)
    return ground


def trimmed(image: Image.Image) -> Image.Image:
    """Without the black bars that video stills carry above and below (or beside) the picture."""
    grey = np.asarray(image.convert("L").resize((64, 64), Image.Resampling.BOX))
    for axis, length in ((1, image.height), (0, image.width)):
        bright = np.flatnonzero(grey.max(axis=axis) > 24)
        if not len(bright):
            return image
        first, last = int(bright[0]), 63 - int(bright[-1])
        if min(first, last) >= 3 and abs(first - last) <= 3:
            cut = [round((min(first, last) + 1) * length / 64)] * 2
            box = (
                (0, cut[0], image.width, image.height - cut[1])
                if axis == 1
                else (cut[0], 0, image.width - cut[1], image.height)
            )
            image = image.crop(box)
            break
    return image


def size_of(given: Source | None) -> tuple[int, int] | None:
    """Return width and height as it is looked at; None where there is none that can be read."""
    return None if given is None else pictures.size_of(given.path)


def upright(given: Source | None) -> bool:
    """Return whether the picture is taller than wide, or nearly."""
    size = size_of(given)
    return size is not None and size[0] < size[1] * UPRIGHT


def focus_of(image: Image.Image) -> tuple[float, float]:
    """Return where the eye goes, in shares of width and height: skin and detail, the middle preferred."""
    small = image.resize((48, 48), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    tone = (red > 70) & (red > green * 1.06) & (green > blue * 1.02) & (red - blue > 16) & (red - blue < 0.52 * red)
    skin = np.asarray(Image.fromarray((tone * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(2)), np.float32) / 255
    edges = np.asarray(small.convert("L").filter(ImageFilter.FIND_EDGES), np.float32) / 255
    edges[[0, -1], :] = 0
    edges[:, [0, -1]] = 0
    across = np.linspace(-1, 1, 48, dtype=np.float32)
    middle = np.exp(-(across[None, :] ** 2) * 1.1 - (across[:, None] + HEADS_ABOVE) ** 2 * 1.6)
    weight = (0.6 * edges + 1.2 * skin**2 + 0.04) * middle
    total = float(weight.sum())
    x = float((weight * np.linspace(0, 1, 48)[None, :]).sum()) / total
    y = float((weight * np.linspace(0, 1, 48)[:, None]).sum()) / total
    if image.width < image.height * UPRIGHT:
        y = 0.55 * y + 0.45 * HEAD_OF_UPRIGHT
    return x, y


def covering(image: Image.Image, width: int, height: int, at: float = 0.5) -> Image.Image:
    """The picture filling width by height, cropped so that its focus stands at the share `at` of the width."""
    x, y = focus_of(image)
    scale = max(width / image.width, height / image.height)
    across, down = width / scale, height / scale
    left = max(0.0, min(x * image.width - across * at, image.width - across))
    top = max(0.0, min(y * image.height - down * 0.42, image.height - down))
    if image.width < image.height * UPRIGHT and down < STRIP * image.height:
        top = min(top, 0.03 * image.height)
    grown = image.resize(
        (width, height),
        Image.Resampling.BICUBIC,
        box=(left, top, min(left + across, image.width), min(top + down, image.height)),
        reducing_gap=2.0,
    )
    return grown.filter(ImageFilter.UnsharpMask(1.6, 60, 2)) if scale > 1.25 else grown
