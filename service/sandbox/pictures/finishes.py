"""Finishes laid over a whole picture: paint, paper, print; those of `grades` too. Each keeps what it shows."""

from collections.abc import Callable
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from service.sandbox.pictures import grades
from service.sandbox.pictures.canvas import Field, noise
from service.sandbox.pictures.textures import framed, paper, vignette, wobble

Finish = Callable[[Image.Image, Random], Image.Image]


def finished(image: Image.Image, name: str, rng: Random) -> Image.Image:
    """The picture with the finish of that name."""
    return FINISHES[name](image, rng)


def painterly(image: Image.Image, rng: Random) -> Image.Image:
    """A light hand: edges a little loose, tones a little uneven, a tooth of paper."""
    loose = wobble(image, rng, max(0.6, min(image.size) / 720))
    return vignette(paper(loose, rng, 0.25), 0.22)


def oil(image: Image.Image, rng: Random) -> Image.Image:
    """Thick strokes: tones run together in patches, ridges of paint catch the light."""
    small = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    daubed = (
        wobble(small, rng, max(1.5, min(small.size) / 130))
        .filter(ImageFilter.ModeFilter(5))
        .filter(ImageFilter.MedianFilter(3))
    )
    paint = ImageEnhance.Color(daubed.resize(image.size, Image.Resampling.BICUBIC)).enhance(1.25)
    ridges = paint.convert("L").filter(ImageFilter.EMBOSS)
    lit = ImageChops.overlay(
        paint, Image.blend(Image.merge("RGB", (ridges,) * 3), Image.new("RGB", image.size, (128, 128, 128)), 0.45)
    )
    return paper(lit, rng, 0.6)


def watercolor(image: Image.Image, rng: Random) -> Image.Image:
    """Washes that pool at their edges on bright rough paper, the margins left white."""
    soft = wobble(
        image.filter(ImageFilter.GaussianBlur(max(0.8, min(image.size) / 420))), rng, max(1.0, min(image.size) / 260)
    )
    flat = ImageOps.posterize(soft, 4).filter(ImageFilter.MedianFilter(3))
    edges = ImageOps.invert(flat.convert("L").filter(ImageFilter.FIND_EDGES)).filter(ImageFilter.GaussianBlur(1))
    pooled = ImageChops.multiply(flat, Image.merge("RGB", (edges.point(lambda value: 140 + value * 115 // 255),) * 3))
    bright = ImageEnhance.Color(ImageChops.screen(pooled, Image.new("RGB", image.size, (46, 44, 40)))).enhance(1.2)
    blooms = noise(rng, 5, 5, 4, size=(256, 256))
    wash = Image.fromarray((blooms * 70).astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    bright.paste((255, 252, 245), (0, 0), wash)
    bright.paste((252, 249, 242), (0, 0), _ragged_margin(image.size, rng))
    return paper(bright, rng, 0.6)


def _ragged_margin(size: tuple[int, int], rng: Random) -> Image.Image:
    """White towards the edges, along an uneven line."""
    field: Field = noise(rng, 7, 7, 4, size=(200, 200))
    x = np.minimum(np.linspace(0, 1, 200), np.linspace(1, 0, 200))
    near = np.minimum(x[None, :], x[:, None]) + (field - 0.5) * 0.06
    mask = np.clip((0.055 - near) / 0.012, 0, 1) * 255
    return Image.fromarray(mask.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def sketch(image: Image.Image, rng: Random) -> Image.Image:
    """Pencil on paper: dark lines where tones meet, light shading."""
    grey = image.convert("L")
    blurred = ImageOps.invert(grey).filter(ImageFilter.GaussianBlur(max(2, min(image.size) / 150)))
    values, veil = np.asarray(grey, np.float32), np.asarray(blurred, np.float32)
    lines = np.clip(values * 255 / np.maximum(255 - veil, 1), 0, 255)
    drawn = np.clip((lines / 255) ** 2.6 * 0.78 + (values / 255) ** 0.7 * 0.22, 0, 1) * 255
    shaded = Image.fromarray(drawn.astype(np.uint8))
    return paper(ImageOps.colorize(shaded, (38, 36, 44), (252, 249, 240)), rng, 0.7)


def pixel(image: Image.Image, rng: Random) -> Image.Image:
    """Large square pixels in few colours."""
    block = max(2, round(min(image.size) / 112))
    small = image.resize((max(1, image.width // block), max(1, image.height // block)), Image.Resampling.BOX)
    few = (
        ImageEnhance.Color(small)
        .enhance(1.3)
        .quantize(28, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        .convert("RGB")
    )
    return few.resize(image.size, Image.Resampling.NEAREST)


def comic(image: Image.Image, rng: Random) -> Image.Image:
    """Flat inked colours with dots in the shade."""
    flat = ImageOps.posterize(ImageEnhance.Color(image.filter(ImageFilter.MedianFilter(3))).enhance(1.5), 3)
    pitch = max(4, round(min(image.size) / 130))
    y, x = np.mgrid[0 : image.height, 0 : image.width].astype(np.float32)
    wave = np.cos((x + y) * np.pi / pitch) + np.cos((x - y) * np.pi / pitch)
    shade = np.clip((110 - np.asarray(image.convert("L"), np.float32)) / 110, 0, 1)
    dots = Image.fromarray(((wave > 2 - shade * 2.6) * 105).astype(np.uint8))
    flat.paste((18, 14, 40), (0, 0), dots)
    ink = (
        image.convert("L")
        .filter(ImageFilter.GaussianBlur(1.2))
        .filter(ImageFilter.FIND_EDGES)
        .point(lambda value: min(255, max(0, value - 22) * 7))
    )
    flat.paste((14, 12, 22), (0, 0), framed(ink))
    return flat


def poster(image: Image.Image, rng: Random) -> Image.Image:
    """A screen print in a handful of flat colours."""
    smooth = image.filter(ImageFilter.GaussianBlur(max(1.0, min(image.size) / 400)))
    few = (
        ImageEnhance.Contrast(ImageEnhance.Color(smooth).enhance(1.3))
        .enhance(1.1)
        .quantize(9, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    )
    return paper(few.convert("RGB"), rng, 0.5)


def mosaic(image: Image.Image, rng: Random) -> Image.Image:
    """Facets of coloured glass."""
    side = max(6.0, min(image.size) / 34)
    columns, rows = round(image.width / side) + 1, round(image.height / side) + 1
    made, pencil = image.copy(), None
    pencil = ImageDraw.Draw(made)
    small = image.resize((columns * 2, rows * 2), Image.Resampling.BOX)
    grid = [
        [
            (
                (c + (rng.uniform(-0.36, 0.36) if 0 < c < columns else 0)) * image.width / columns,
                (r + (rng.uniform(-0.36, 0.36) if 0 < r < rows else 0)) * image.height / rows,
            )
            for c in range(columns + 1)
        ]
        for r in range(rows + 1)
    ]
    for r in range(rows):
        for c in range(columns):
            a, b, d, e = grid[r][c], grid[r][c + 1], grid[r + 1][c], grid[r + 1][c + 1]
            for triangle, x, y in (((a, b, d), 0, 0), ((b, e, d), 1, 1)):
                pencil.polygon(triangle, fill=small.getpixel((c * 2 + x, r * 2 + y)))
    return ImageEnhance.Color(made).enhance(1.25)


FINISHES: dict[str, Finish] = {
    "painterly": painterly,
    "oil": oil,
    "watercolor": watercolor,
    "sketch": sketch,
    "pixel": pixel,
    "comic": comic,
    "poster": poster,
    "duotone": grades.duotone,
    "mono": grades.mono,
    "vintage": grades.vintage,
    "mosaic": mosaic,
    "neon": grades.neon,
    "dreamy": grades.dreamy,
    "warm": grades.warm,
    "cold": grades.cold,
    "cinema": grades.cinema,
    "vivid": grades.vivid,
}
