"""Grounds that stand behind a title where the picture does not reach."""

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

from service.sandbox.pictures.canvas import Mask, gradient, lit, stretched
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix
from service.sandbox.pictures.styles import Palette

Backdrop = Callable[[Image.Image, Palette, Random], None]


def backdrop(name: str, width: int, height: int, palette: Palette, rng: Random) -> Image.Image:
    """A ground of that name in the palette's colours."""
    image = stretched(gradient([(0, palette.panel), (1, palette.deep)], height), width)
    BACKDROPS[name](image, palette, rng)
    return image


def _over(image: Image.Image, color: Rgb, opacity: float, draw: Callable[[ImageDraw.ImageDraw], None]) -> None:
    """A colour over what `draw` paints (in a frame of twice the size), thinned to `opacity`."""
    mask = Mask.of(image.width, image.height, draw).image
    image.paste(color, (0, 0), mask.point(lambda value: round(value * opacity)))


def _glow(image: Image.Image, x: float, y: float, radius: float, color: Rgb, opacity: float) -> None:
    lit(image, round(x - radius), round(y - radius), round(radius * 2), color, opacity)


def _wedges(image: Image.Image, x: float, y: float, count: int, turn: float) -> Callable[[ImageDraw.ImageDraw], None]:
    reach = 2.2 * (image.width + image.height)

    def draw(pencil: ImageDraw.ImageDraw) -> None:
        for step in range(count):
            start, end = (turn + math.tau * (step + part) / count for part in (0, 0.5))
            pencil.polygon(
                [
                    (2 * x, 2 * y),
                    (2 * x + reach * math.cos(start), 2 * y + reach * math.sin(start)),
                    (2 * x + reach * math.cos(end), 2 * y + reach * math.sin(end)),
                ],
                fill=255,
            )

    return draw


def rays(image: Image.Image, palette: Palette, rng: Random) -> None:
    """Wide rays from the right, where the picture is."""
    width, height = image.size
    _over(
        image,
        lighter(palette.panel, 0.55),
        0.13,
        _wedges(image, width * 0.62, height * rng.uniform(0.35, 0.6), 16, rng.uniform(0, 1)),
    )
    _glow(image, width * 0.2, height * 0.35, height * 0.8, lighter(palette.panel, 0.25), 0.4)


def sunburst(image: Image.Image, palette: Palette, rng: Random) -> None:
    """A sun rising from the lower left."""
    width, height = image.size
    _over(
        image,
        mix(palette.panel, palette.deep, 0.55),
        1.0,
        _wedges(image, width * 0.5, height * 0.62, 26, rng.uniform(0, 1)),
    )
    _glow(image, width * 0.5, height * 0.6, height * 0.75, palette.panel, 0.75)


def dots(image: Image.Image, palette: Palette, rng: Random) -> None:
    """Printed dots that grow towards a corner."""
    width, height = image.size
    pitch = height / 24
    corner = rng.choice((0, 1))
    _glow(image, width * 0.3, height * 0.45, height * 0.8, lighter(palette.panel, 0.35), 0.8)

    def draw(pencil: ImageDraw.ImageDraw) -> None:
        for row in range(26):
            for column in range(round(width / pitch) + 2):
                x, y = (column + 0.5 * (row % 2)) * pitch, row * pitch
                radius = pitch * 0.62 * max(0.0, abs(y / height - corner) * 1.25 + 0.25 * (x / width) - 0.28)
                if radius > 0.5:
                    pencil.ellipse((2 * (x - radius), 2 * (y - radius), 2 * (x + radius), 2 * (y + radius)), fill=255)

    _over(image, darker(palette.deep, 0.1), 0.55, draw)


def grid(image: Image.Image, palette: Palette, rng: Random) -> None:
    """A floor of glowing lines running to the horizon."""
    width, height = image.size
    horizon = height * 0.62

    def draw(pencil: ImageDraw.ImageDraw) -> None:
        for step in range(-24, 25):
            pencil.line(
                (width + step * width * 0.05, 2 * horizon, width + step * width * 0.3, 2 * height), fill=255, width=3
            )
        for step in range(10):
            y = 2 * (horizon + (height - horizon) * (step / 9) ** 1.8)
            pencil.line((0, y, 2 * width, y), fill=255, width=3)

    _glow(image, width * 0.5, horizon, width * 0.6, palette.accent, 0.3)
    _over(image, palette.accent, 0.38, draw)


def stripes(image: Image.Image, palette: Palette, rng: Random) -> None:
    """Slanting broadcast stripes."""
    width, height = image.size
    step = width / 9

    def draw(pencil: ImageDraw.ImageDraw) -> None:
        for index in range(-4, 12, 2):
            x = 2 * (index * step)
            pencil.polygon(
                [(x, 2 * height), (x + 2 * step, 2 * height), (x + 2 * step + 0.9 * height, 0), (x + 0.9 * height, 0)],
                fill=255,
            )

    _over(image, lighter(palette.panel, 0.5), 0.1, draw)
    _over(image, palette.accent, 1.0, lambda pencil: pencil.rectangle((0, 0, 2 * width, height * 0.028), fill=255))


def paper(image: Image.Image, palette: Palette, rng: Random) -> None:
    """Two great soft discs on a light ground."""
    width, height = image.size
    x, y, radius = width * 0.86, height * 0.12, height * 0.55

    def disc(cx: float, cy: float, size: float) -> Callable[[ImageDraw.ImageDraw], None]:
        return lambda pencil: pencil.ellipse(
            (2 * (cx - size), 2 * (cy - size), 2 * (cx + size), 2 * (cy + size)), fill=255
        )

    _over(image, palette.accent, 0.14, disc(x, y, radius))
    _over(image, palette.accent, 0.1, disc(width * rng.uniform(0.02, 0.1), height * 1.02, height * 0.36))
    _over(image, PAPER, 0.4, disc(width * 0.3, height * 0.3, height * 0.5))


def plain(image: Image.Image, palette: Palette, rng: Random) -> None:
    """The gradient alone, with one soft light."""
    width, height = image.size
    _glow(image, width * rng.uniform(0.2, 0.4), height * 0.2, height * 0.9, lighter(palette.panel, 0.25), 0.5)


BACKDROPS: dict[str, Backdrop] = {
    "rays": rays,
    "sunburst": sunburst,
    "dots": dots,
    "grid": grid,
    "stripes": stripes,
    "paper": paper,
    "gradient": plain,
}
