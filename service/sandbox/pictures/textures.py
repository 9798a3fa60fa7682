"""Building blocks of finishes: grain, vignette, tint, grade, wobble, the tooth of paper."""

from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from service.sandbox.pictures.color import Rgb, rgb


def grain(image: Image.Image, rng: Random, strength: float) -> Image.Image:
    """Film grain in brightness, from one small tile."""
    source = np.random.default_rng(rng.getrandbits(63))
    tile = (source.standard_normal((256, 256)) * strength * 28 + 128).clip(0, 255).astype(np.uint8)
    across, down = -(-image.width // 256), -(-image.height // 256)
    sheet = Image.fromarray(np.tile(tile, (down, across))[: image.height, : image.width])
    return ImageChops.overlay(image, Image.merge("RGB", (sheet, sheet, sheet)))


def vignette(image: Image.Image, strength: float, color: Rgb = (0, 0, 0)) -> Image.Image:
    """Corners fallen away into `color`."""
    x, y = np.linspace(-1, 1, 64, dtype=np.float32), np.linspace(-1, 1, 64, dtype=np.float32)
    away = np.clip((x[None, :] ** 2 + y[:, None] ** 2 - 0.55) / 1.45, 0, 1) * strength * 255
    mask = Image.fromarray(away.astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    made = image.copy()
    made.paste(color, (0, 0), mask)
    return made


def tinted(image: Image.Image, dark: str, middle: str, light: str) -> Image.Image:
    """The picture's brightness as a run through three colours."""
    return ImageOps.colorize(image.convert("L"), rgb(dark), rgb(light), rgb(middle))


def graded(
    image: Image.Image, scale: tuple[float, float, float], lift: tuple[int, int, int] = (0, 0, 0)
) -> Image.Image:
    """Each channel scaled and lifted."""
    table = [
        min(255, max(0, round(value * scale[part] + lift[part] * (1 - value / 255))))
        for part in range(3)
        for value in range(256)
    ]
    return image.point(table)


def wobble(image: Image.Image, rng: Random, reach: float) -> Image.Image:
    """Edges that tremble as by hand: the picture drawn through a slightly shifted mesh."""
    step = max(8, min(image.size) // 26)
    columns, rows = -(-image.width // step), -(-image.height // step)
    source = np.random.default_rng(rng.getrandbits(63))
    shift = (source.random((rows + 1, columns + 1, 2)) - 0.5) * 2 * reach
    shift[[0, -1]], shift[:, [0, -1]] = 0, 0
    mesh = []
    for row in range(rows):
        for column in range(columns):
            box = (
                column * step,
                row * step,
                min((column + 1) * step, image.width),
                min((row + 1) * step, image.height),
            )
            corners = (
                (row, column, box[0], box[1]),
                (row + 1, column, box[0], box[3]),
                (row + 1, column + 1, box[2], box[3]),
                (row, column + 1, box[2], box[1]),
            )
            mesh.append(
                (box, tuple(value for r, c, x, y in corners for value in (x + shift[r, c, 0], y + shift[r, c, 1])))
            )
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def paper(image: Image.Image, rng: Random, strength: float) -> Image.Image:
    """The tooth of paper or canvas under the paint, from one tile."""
    source = np.random.default_rng(rng.getrandbits(63))
    grain = Image.fromarray((source.random((256, 256)) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.9))
    uneven = np.asarray(grain, np.float32) - 127.5
    tile = np.clip(128 + uneven * 1.1 * strength, 0, 255).astype(np.uint8)
    sheet = Image.fromarray(
        np.tile(tile, (-(-image.height // 256), -(-image.width // 256)))[: image.height, : image.width]
    )
    return ImageChops.overlay(image, Image.merge("RGB", (sheet, sheet, sheet)))


def framed(mask: Image.Image) -> Image.Image:
    """Without the false edge around the frame."""
    ImageDraw.Draw(mask).rectangle((0, 0, mask.width - 1, mask.height - 1), outline=0, width=2)
    return mask
