"""A supersampled surface to draw scenes on, and pens that draw shapes anywhere on it, at any size and turn.

A pen speaks in its own units: the canvas's own pen in short sides of the frame, a subject's pen in subject heights.
Every shape becomes a polygon, so that turning and mirroring are one transform.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from service.sandbox.pictures.color import Rgb

Point = tuple[float, float]
Fill = Rgb | tuple[int, int, int, int]
Stops = Sequence[tuple[float, Rgb]]
Field = NDArray[np.float32]

OVERSAMPLE = 1.5
WORKING_SIDE = 2600
"""The longest side, in pixels, that is drawn before the picture is brought to its size."""


class Pen:
    """Draws shapes in a frame of its own: its origin at (`x`, `y`) pixels, one unit `unit` pixels, turned, mirrored."""

    def __init__(
        self, image: Image.Image, x: float, y: float, unit: float, *, turn: float = 0.0, flip: bool = False
    ) -> None:
        self.image, self.x, self.y, self.unit = image, x, y, unit
        self.turn, self.flip = turn, flip
        angle = math.radians(turn)
        mirror = -1.0 if flip else 1.0
        self._xx, self._xy = math.cos(angle) * unit * mirror, -math.sin(angle) * unit
        self._yx, self._yy = math.sin(angle) * unit * mirror, math.cos(angle) * unit
        self._solid = ImageDraw.Draw(image)
        self._veil = ImageDraw.Draw(image, "RGBA")

    def to_pixels(self, points: Sequence[Point]) -> list[Point]:
        """Points of this pen's frame as pixels of the image."""
        return [(self.x + px * self._xx + py * self._xy, self.y + px * self._yx + py * self._yy) for px, py in points]

    def pen(self, x: float, y: float, size: float, *, turn: float = 0.0, flip: bool = False) -> "Pen":
        """A pen for a part: its origin at (x, y) and its unit `size`, both in this one's units; turns add up."""
        px, py = self.to_pixels([(x, y)])[0]
        turned = self.turn + (-turn if self.flip else turn)
        return Pen(self.image, px, py, self.unit * size, turn=turned, flip=self.flip != flip)

    def poly(self, points: Sequence[Point], fill: Fill) -> None:
        """A filled polygon; a fill of four parts is a wash over what is there."""
        draw = self._solid if len(fill) == 3 or self.image.mode == "RGBA" else self._veil
        draw.polygon(self.to_pixels(points), fill=tuple(fill))

    def disc(self, x: float, y: float, radius: float, fill: Fill, *, tall: float = 1.0, lean: float = 0.0) -> None:
        """A filled circle, or an ellipse `tall` times as high as wide, leaning by degrees."""
        self.poly(
            oval(x, y, radius, tall, lean, sides=min(90, max(10, round(3.2 * math.sqrt(abs(radius * self.unit)))))),
            fill,
        )

    def ring(
        self,
        x: float,
        y: float,
        radius: float,
        width: float,
        fill: Fill,
        *,
        tall: float = 1.0,
        start: float = 0,
        end: float = 360,
    ) -> None:
        """An open or closed ring of `width`, from `start` to `end` degrees."""
        outer = arc(x, y, radius + width / 2, start, end, tall=tall)
        inner = arc(x, y, radius - width / 2, start, end, tall=tall)
        self.poly([*outer, *reversed(inner)], fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Fill, *, round_by: float = 0.0) -> None:
        """A rectangle with corners rounded by `round_by`."""
        self.poly(rounded(left, top, right, bottom, round_by), fill)

    def line(self, points: Sequence[Point], width: float, fill: Fill, *, to_width: float | None = None) -> None:
        """A stroke with round ends through the points, tapering to `to_width` where given."""
        last = len(points) - 1
        widths = [width + ((to_width if to_width is not None else width) - width) * i / last for i in range(last + 1)]
        for (start, end), (thick, thin) in zip(pairwise(points), pairwise(widths), strict=True):
            self.poly(limb(start, end, thick / 2, thin / 2), fill)
        for point, thick in zip(points, widths, strict=True):
            self.disc(*point, thick / 2, fill)

    def shape(self, points: Sequence[Point], fill: Fill) -> None:
        """A closed smooth shape through the points."""
        self.poly(smooth(points, closed=True), fill)

    def stroke(self, points: Sequence[Point], width: float, fill: Fill, *, to_width: float | None = None) -> None:
        """A smooth stroke through the points."""
        self.line(smooth(points), width, fill, to_width=to_width)


class Canvas(Pen):
    """The whole picture: `width` by `height` pixels once finished, drawn larger. `focus` is where its subject belongs.

    x runs from 0 to `right`, y from 0 to `bottom`, in short sides of the frame; `focus` is in the same unit.
    """

    def __init__(self, width: int, height: int, *, focus: float = 0.5, oversample: float = OVERSAMPLE) -> None:
        scale = min(oversample, WORKING_SIDE / max(width, height))
        image = Image.new("RGB", (max(1, round(width * scale)), max(1, round(height * scale))))
        super().__init__(image, 0, 0, min(image.size))
        self.width, self.height = width, height
        self.right, self.bottom = image.width / self.unit, image.height / self.unit
        self.focus = focus * self.right

    def finished(self) -> Image.Image:
        """The picture at its size, edges smooth."""
        return self.image.resize((self.width, self.height), Image.Resampling.HAMMING)

    def wash(self, stops: Stops, top: float = 0.0, bottom: float | None = None) -> None:
        """A vertical gradient over the frame's whole width between two heights."""
        first, last = round(top * self.unit), round((self.bottom if bottom is None else bottom) * self.unit)
        if last > first:
            self.image.paste(stretched(gradient(stops, last - first), self.image.width), (0, first))

    def shaded(self, points: Sequence[Point], stops: Stops) -> None:
        """A polygon filled with a vertical gradient from its top to its bottom."""
        pixels = self.to_pixels(points)
        left, top = (max(0, math.floor(min(axis))) for axis in zip(*pixels, strict=True))
        right, bottom = (math.ceil(max(axis)) for axis in zip(*pixels, strict=True))
        right, bottom = min(right, self.image.width), min(bottom, self.image.height)
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in pixels], fill=255)
        self.image.paste(stretched(gradient(stops, bottom - top), mask.width), (left, top), mask)

    def glow(self, x: float, y: float, radius: float, color: Rgb, strength: float = 1.0) -> None:
        """Light that fades to nothing at `radius`."""
        size = max(2, round(radius * 2 * self.unit))
        lit(self.image, round(x * self.unit) - size // 2, round(y * self.unit) - size // 2, size, color, strength)

    def mist(self, top: float, bottom: float, color: Rgb, strength: float) -> None:
        """A veil across the frame, nothing at `top` and `strength` at `bottom`."""
        first, last = round(top * self.unit), min(round(bottom * self.unit), self.image.height)
        if last <= first:
            return
        ramp = np.linspace(0, 255 * strength, last - first, dtype=np.float32).astype(np.uint8)[:, None]
        self.image.paste(color, (0, first), stretched(Image.fromarray(ramp), self.image.width))

    def tinted(self, amount: Field, color: Rgb) -> None:
        """`color` over the whole frame, as strong as the field (0 to 1, any size, stretched) says."""
        mask = Image.fromarray((np.clip(amount, 0, 1) * 255).astype(np.uint8))
        self.image.paste(color, (0, 0), mask.resize(self.image.size, Image.Resampling.BILINEAR))


def lit(image: Image.Image, left: int, top: int, size: int, color: Rgb, strength: float) -> None:
    """Lay light over a square of an image, which fades to nothing at its edge.

    A wide one lies mostly beyond the frame: only what is seen is made.
    """
    first, last = (max(0, -left), max(0, -top)), (image.width - left, image.height - top)
    seen = (*first, min(size, last[0]), min(size, last[1]))
    if seen[2] <= seen[0] or seen[3] <= seen[1]:
        return
    light = halo()
    scale = light.width / size
    box = (seen[0] * scale, seen[1] * scale, seen[2] * scale, seen[3] * scale)
    mask = light.resize((seen[2] - seen[0], seen[3] - seen[1]), Image.Resampling.BILINEAR, box)
    if strength < 1:
        mask = mask.point([round(value * strength) for value in range(256)])
    image.paste(color, (left + seen[0], top + seen[1]), mask)


@dataclass(frozen=True, slots=True)
class Mask:
    """A soft-edged shape of the finished picture's size, drawn at twice that."""

    image: Image.Image

    @classmethod
    def of(cls, width: int, height: int, draw: Callable[[ImageDraw.ImageDraw], None]) -> "Mask":
        """Return what `draw` paints (white on black, in a frame of twice the size)."""
        image = Image.new("L", (width * 2, height * 2))
        draw(ImageDraw.Draw(image))
        return cls(image.reduce(2))


def gradient(stops: Stops, height: int) -> Image.Image:
    """A column one pixel wide running through the stops (0 to 1, colour)."""
    at = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    column = np.stack([np.interp(at, places, [color[part] for _, color in stops]) for part in range(3)], axis=1)
    return Image.fromarray(column.round().astype(np.uint8)[:, None, :])


def stretched(column: Image.Image, width: int) -> Image.Image:
    """A column one pixel wide, repeated."""
    return column.resize((width, column.height), Image.Resampling.NEAREST)


@lru_cache(1)
def halo() -> Image.Image:
    """A round light, bright in the middle and gone at the rim."""
    axis = np.linspace(-1, 1, 256, dtype=np.float32)
    distance = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    return Image.fromarray((np.clip(1 - distance, 0, 1) ** 1.8 * 255).astype(np.uint8))


def noise(rng: Random, columns: int, rows: int, octaves: int = 4, *, size: tuple[int, int] = (320, 180)) -> Field:
    """Cloud-like values from 0 to 1: `columns` by `rows` lumps, with finer ones in them."""
    source = np.random.default_rng(rng.getrandbits(63))
    total = np.zeros((size[1], size[0]), np.float32)
    for octave in range(octaves):
        grid = source.random((rows * 2**octave + 1, columns * 2**octave + 1), dtype=np.float32)
        total += np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC), np.float32) / 2**octave
    low, high = np.percentile(total, (2, 98))
    return np.asarray(np.clip((total - low) / max(high - low, 1e-6), 0, 1), np.float32)


@lru_cache(128)
def _circle(sides: int) -> tuple[Point, ...]:
    return tuple((math.cos(math.tau * side / sides), math.sin(math.tau * side / sides)) for side in range(sides))


def oval(x: float, y: float, radius: float, tall: float = 1.0, lean: float = 0.0, *, sides: int = 64) -> list[Point]:
    """An ellipse `tall` times as high as wide, leaning by degrees."""
    slope = math.radians(lean)
    xx, xy = radius * math.cos(slope), -radius * tall * math.sin(slope)
    yx, yy = radius * math.sin(slope), radius * tall * math.cos(slope)
    return [(x + across * xx + down * xy, y + across * yx + down * yy) for across, down in _circle(sides)]


def arc(x: float, y: float, radius: float, start: float, end: float, *, tall: float = 1.0) -> list[Point]:
    """Points along an ellipse between two angles in degrees, clockwise from the right."""
    steps = max(6, round(64 * abs(end - start) / 360))
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(x + math.cos(angle) * radius, y + math.sin(angle) * radius * tall) for angle in angles]


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    """The outline of a rectangle with rounded corners."""
    radius = min(radius, abs(right - left) / 2, abs(bottom - top) / 2)
    if radius <= 0:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    corners = ((right, top, -90), (right, bottom, 0), (left, bottom, 90), (left, top, 180))
    return [
        point
        for x, y, start in corners
        for point in arc(
            x - math.copysign(radius, x - left - 1e-9), y + (radius if y == top else -radius), radius, start, start + 90
        )
    ]


def limb(start: Point, end: Point, half_start: float, half_end: float) -> list[Point]:
    """A tapering bar between two points."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, down) or 1.0
    nx, ny = -down / length, across / length
    return [
        (start[0] + nx * half_start, start[1] + ny * half_start),
        (end[0] + nx * half_end, end[1] + ny * half_end),
        (end[0] - nx * half_end, end[1] - ny * half_end),
        (start[0] - nx * half_start, start[1] - ny * half_start),
    ]


def smooth(points: Sequence[Point], *, closed: bool = False, steps: int = 8) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    count = len(points)
    spans = count if closed else count - 1
    curve: list[Point] = []
    for span in range(spans):
        before, here, there, after = (
            points[(span + offset) % count] if closed else points[min(max(span + offset, 0), count - 1)]
            for offset in (-1, 0, 1, 2)
        )
        curve.extend(_spline(before, here, there, after, step / steps) for step in range(steps))
    return curve if closed else [*curve, points[-1]]


def _spline(before: Point, here: Point, there: Point, after: Point, at: float) -> Point:
    def axis(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (2 * b + (c - a) * at + (2 * a - 5 * b + 4 * c - d) * at**2 + (3 * b - a - 3 * c + d) * at**3)

    return axis(before[0], here[0], there[0], after[0]), axis(before[1], here[1], there[1], after[1])
