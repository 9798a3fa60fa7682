"""Finishes laid over a whole picture: paint, paper, print, film, colour. Each keeps what the picture shows."""

from collections.abc import Callable
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from service.providers.local.pictures.canvas import Field, noise
from service.providers.local.pictures.color import Rgb, rgb

Finish = Callable[[Image.Image, Random], Image.Image]
DUOTONES = (
    ("#1b1464", "#ff6b6b", "#ffe66d"),
    ("#0b3d2e", "#1fab89", "#f7ffe0"),
    ("#2d0b59", "#e0218a", "#ffd6ec"),
    ("#0a2342", "#2ca6a4", "#fdf3d8"),
)


def finished(image: Image.Image, name: str, rng: Random) -> Image.Image:
    """The picture with the finish of that name."""
    return FINISHES[name](image, rng)


def _grain(image: Image.Image, rng: Random, strength: float) -> Image.Image:
    """Film grain in brightness, from one small tile."""
    source = np.random.default_rng(rng.getrandbits(63))
    tile = (source.standard_normal((256, 256)) * strength * 28 + 128).clip(0, 255).astype(np.uint8)
    across, down = -(-image.width // 256), -(-image.height // 256)
    sheet = Image.fromarray(np.tile(tile, (down, across))[: image.height, : image.width])
    return ImageChops.overlay(image, Image.merge("RGB", (sheet, sheet, sheet)))


def _vignette(image: Image.Image, strength: float, color: Rgb = (0, 0, 0)) -> Image.Image:
    """Corners fallen away into `color`."""
    x, y = np.linspace(-1, 1, 64, dtype=np.float32), np.linspace(-1, 1, 64, dtype=np.float32)
    away = np.clip((x[None, :] ** 2 + y[:, None] ** 2 - 0.55) / 1.45, 0, 1) * strength * 255
    mask = Image.fromarray(away.astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    made = image.copy()
    made.paste(color, (0, 0), mask)
    return made


def _tinted(image: Image.Image, dark: str, middle: str, light: str) -> Image.Image:
    """The picture's brightness as a run through three colours."""
    return ImageOps.colorize(image.convert("L"), rgb(dark), rgb(light), rgb(middle))


def _graded(
    image: Image.Image, scale: tuple[float, float, float], lift: tuple[int, int, int] = (0, 0, 0)
) -> Image.Image:
    """Each channel scaled and lifted."""
    table = [
        min(255, max(0, round(value * scale[part] + lift[part] * (1 - value / 255))))
        for part in range(3)
        for value in range(256)
    ]
    return image.point(table)


def _wobble(image: Image.Image, rng: Random, reach: float) -> Image.Image:
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


def _paper(image: Image.Image, rng: Random, strength: float) -> Image.Image:
    """The tooth of paper or canvas under the paint, from one tile."""
    source = np.random.default_rng(rng.getrandbits(63))
    grain = Image.fromarray((source.random((256, 256)) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.9))
    uneven = np.asarray(grain, np.float32) - 127.5
    tile = np.clip(128 + uneven * 1.1 * strength, 0, 255).astype(np.uint8)
    sheet = Image.fromarray(
        np.tile(tile, (-(-image.height // 256), -(-image.width // 256)))[: image.height, : image.width]
    )
    return ImageChops.overlay(image, Image.merge("RGB", (sheet, sheet, sheet)))


def painterly(image: Image.Image, rng: Random) -> Image.Image:
    """A light hand: edges a little loose, tones a little uneven, a tooth of paper."""
    loose = _wobble(image, rng, max(0.6, min(image.size) / 720))
    return _vignette(_paper(loose, rng, 0.25), 0.22)


def oil(image: Image.Image, rng: Random) -> Image.Image:
    """Thick strokes: tones run together in patches, ridges of paint catch the light."""
    small = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    daubed = (
        _wobble(small, rng, max(1.5, min(small.size) / 130))
        .filter(ImageFilter.ModeFilter(5))
        .filter(ImageFilter.MedianFilter(3))
    )
    paint = ImageEnhance.Color(daubed.resize(image.size, Image.Resampling.BICUBIC)).enhance(1.25)
    ridges = paint.convert("L").filter(ImageFilter.EMBOSS)
    lit = ImageChops.overlay(
        paint, Image.blend(Image.merge("RGB", (ridges,) * 3), Image.new("RGB", image.size, (128, 128, 128)), 0.45)
    )
    return _paper(lit, rng, 0.6)


def watercolor(image: Image.Image, rng: Random) -> Image.Image:
    """Washes that pool at their edges on bright rough paper, the margins left white."""
    soft = _wobble(
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
    return _paper(bright, rng, 0.6)


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
    return _paper(ImageOps.colorize(shaded, (38, 36, 44), (252, 249, 240)), rng, 0.7)


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
    flat.paste((14, 12, 22), (0, 0), _framed(ink))
    return flat


def _framed(mask: Image.Image) -> Image.Image:
    """Without the false edge around the frame."""
    ImageDraw.Draw(mask).rectangle((0, 0, mask.width - 1, mask.height - 1), outline=0, width=2)
    return mask


def poster(image: Image.Image, rng: Random) -> Image.Image:
    """A screen print in a handful of flat colours."""
    smooth = image.filter(ImageFilter.GaussianBlur(max(1.0, min(image.size) / 400)))
    few = (
        ImageEnhance.Contrast(ImageEnhance.Color(smooth).enhance(1.3))
        .enhance(1.1)
        .quantize(9, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    )
    return _paper(few.convert("RGB"), rng, 0.5)


def duotone(image: Image.Image, rng: Random) -> Image.Image:
    """Two inks and the blend between."""
    return _tinted(ImageOps.autocontrast(image.convert("L"), 1), *rng.choice(DUOTONES))


def mono(image: Image.Image, rng: Random) -> Image.Image:
    """Black and white with depth."""
    grey = ImageEnhance.Contrast(ImageOps.autocontrast(image.convert("L"), 0.5)).enhance(1.2)
    return _vignette(_grain(grey.convert("RGB"), rng, 0.5), 0.4)


def vintage(image: Image.Image, rng: Random) -> Image.Image:
    """Faded and warm, as an old print."""
    faded = _graded(ImageEnhance.Color(image).enhance(0.72), (1.0, 0.93, 0.76), (44, 30, 30))
    return _vignette(_grain(faded, rng, 0.7), 0.35, (48, 24, 10))


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


def neon(image: Image.Image, rng: Random) -> Image.Image:
    """Night in magenta and cyan, edges aglow."""
    base = Image.blend(
        _tinted(image, "#0a0220", "#a0178f", "#7df9ff"), ImageEnhance.Brightness(image).enhance(0.75), 0.32
    )
    lines = _framed(image.convert("L").filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES)).point(
        lambda value: min(255, value * 3)
    )
    glow = lines.filter(ImageFilter.GaussianBlur(max(2, min(image.size) / 140)))
    for mask, color in ((glow, (255, 60, 220)), (lines.point(lambda value: value * 3 // 5), (140, 245, 255))):
        base = ImageChops.screen(base, ImageOps.colorize(mask, (0, 0, 0), color))
    return base


def dreamy(image: Image.Image, rng: Random) -> Image.Image:
    """Soft focus, light and a little pastel."""
    soft = ImageEnhance.Brightness(image.filter(ImageFilter.GaussianBlur(max(3, min(image.size) / 70)))).enhance(1.12)
    glowing = Image.blend(image, ImageChops.screen(image, soft), 0.55)
    return _graded(glowing, (1.0, 0.96, 1.02), (24, 16, 34))


def warm(image: Image.Image, rng: Random) -> Image.Image:
    """Late sun over everything."""
    graded = _graded(ImageEnhance.Color(image).enhance(1.18), (1.1, 0.98, 0.74), (20, 6, 0))
    return _vignette(graded, 0.3, (70, 18, 0))


def cold(image: Image.Image, rng: Random) -> Image.Image:
    """A winter's blue light."""
    graded = _graded(ImageEnhance.Color(image).enhance(0.78), (0.78, 0.95, 1.16), (0, 8, 26))
    return _vignette(graded, 0.3, (0, 10, 40))


def cinema(image: Image.Image, rng: Random) -> Image.Image:
    """Teal shadows, warm lights, grain."""
    graded = _graded(ImageEnhance.Contrast(image).enhance(1.1), (1.04, 0.99, 0.9), (-6, 12, 26))
    return _vignette(_grain(graded, rng, 0.35), 0.4)


def vivid(image: Image.Image, rng: Random) -> Image.Image:
    """More colour and contrast."""
    return ImageEnhance.Contrast(ImageEnhance.Color(image).enhance(1.22)).enhance(1.06)


FINISHES: dict[str, Finish] = {
    "painterly": painterly,
    "oil": oil,
    "watercolor": watercolor,
    "sketch": sketch,
    "pixel": pixel,
    "comic": comic,
    "poster": poster,
    "duotone": duotone,
    "mono": mono,
    "vintage": vintage,
    "mosaic": mosaic,
    "neon": neon,
    "dreamy": dreamy,
    "warm": warm,
    "cold": cold,
    "cinema": cinema,
    "vivid": vivid,
}
