"""Measurements of a picture with Pillow and numpy alone: colours, light, sharpness, what stands out."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.sandbox import stills

Floats = NDArray[np.floating[Any]]

MEASURED_AT = 320
"""Longest side in pixels at which everything but sharpness is measured."""

SHARP_AT = 1024
COLORS = 8


@dataclass(frozen=True, slots=True)
class Tone:
    """One colour of a picture by its common name, as #RRGGBB, and its share of the picture."""

    name: str
    code: str
    share: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture, measured. Brightness, contrast, saturation and transparency are from 0 to 1.

    `sharpness` is the strength of its finest edges in grey levels (under 14 is soft, over 40 crisp); `warmth` is red
    over blue from -1 to 1; `tones` are the most frequent colours, largest share first; `bands` name the colour of the
    upper, middle and lower third; `focus` is the colour and place (across and down, 0 to 1) of what differs from the
    border, None where nothing does; `shades` is how many of 4096 colours it uses.
    """

    width: int
    height: int
    brightness: float
    contrast: float
    saturation: float
    warmth: float
    sharpness: float
    transparent: float
    shades: int
    tones: tuple[Tone, ...]
    bands: tuple[str, str, str]
    focus: tuple[str, float, float] | None


def measured(picture: Image.Image) -> Seen:
    """The facts of a picture in RGB or RGBA."""
    plain = stills.flat(picture)
    small = stills.within(plain, MEASURED_AT)
    rgb = np.asarray(small, np.float32) / 255
    light = rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    high, low = rgb.max(axis=2), rgb.min(axis=2)
    thirds = np.array_split(rgb, 3) if small.height >= 3 else [rgb] * 3
    alpha = np.asarray(picture.getchannel("A"), np.float32) / 255 if picture.mode == "RGBA" else np.ones(1)
    return Seen(
        width=picture.width,
        height=picture.height,
        brightness=float(light.mean()),
        contrast=float(np.percentile(light, 95) - np.percentile(light, 5)),
        saturation=float(((high - low) / np.maximum(high, 0.05)).mean()),
        warmth=float((rgb[..., 0] - rgb[..., 2]).mean()),
        sharpness=_sharpness(plain),
        transparent=float((alpha < 0.5).mean()),
        shades=len(np.unique((rgb * 15).astype(np.uint16) @ np.array([256, 16, 1], np.uint16))),
        tones=_tones(small),
        bands=(named(_common(thirds[0])), named(_common(thirds[1])), named(_common(thirds[2]))),
        focus=_focus(rgb),
    )


def named(color: Floats) -> str:
    """The common name of red, green and blue from 0 to 1."""
    names, values = _names()
    return names[int(np.argmin(((values - _lab(color)) ** 2).sum(axis=1)))]


@cache
def _names() -> tuple[tuple[str, ...], Floats]:
    table = json.loads(Path(__file__).with_name("colors.json").read_text("utf-8"))
    rgb = np.array([[int(code[at : at + 2], 16) for at in (1, 3, 5)] for code in table.values()], np.float32) / 255
    return tuple(table), _lab(rgb)


def _lab(rgb: Floats) -> Floats:
    """CIELAB of sRGB from 0 to 1, along the last axis."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ matrix.T / np.array([0.9505, 1.0, 1.089])
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def _tones(small: Image.Image) -> tuple[Tone, ...]:
    few = small.quantize(COLORS, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    palette = np.array((few.getpalette() or [])[: COLORS * 3], np.float32).reshape(-1, 3)
    counts = np.bincount(np.asarray(few).ravel(), minlength=len(palette))
    shares: dict[str, tuple[float, str]] = {}
    for number in np.argsort(-counts):
        if counts[number]:
            color = palette[number]
            name = named(color / 255)
            code = "#" + "".join(f"{round(float(value)):02X}" for value in color)
            before = shares.get(name, (0.0, code))
            shares[name] = before[0] + float(counts[number]) / float(counts.sum()), before[1]
    tones = (Tone(name, code, share) for name, (share, code) in shares.items())
    return tuple(sorted(tones, key=lambda tone: -tone.share))


def _common(rgb: Floats) -> Floats:
    middle: Floats = np.median(rgb.reshape(-1, 3), axis=0).astype(np.float32)
    return middle


def _sharpness(plain: Image.Image) -> float:
    """The 98th percentile of the Laplacian, which noise and flat areas hardly touch."""
    gray = np.asarray(stills.within(plain, SHARP_AT).convert("L"), np.float32)
    if min(gray.shape) < 3:
        return 0.0
    middle = gray[1:-1, 1:-1]
    edges = np.abs(4 * middle - gray[:-2, 1:-1] - gray[2:, 1:-1] - gray[1:-1, :-2] - gray[1:-1, 2:])
    return float(np.percentile(edges, 98))


def _focus(rgb: Floats) -> tuple[str, float, float] | None:
    lab = _lab(rgb)
    height, width = lab.shape[:2]
    if min(height, width) < 8:
        return None
    border = np.concatenate([lab[:2].reshape(-1, 3), lab[:, :2].reshape(-1, 3), lab[:, -2:].reshape(-1, 3)])
    grounds = np.stack([np.median(part, axis=0) for part in np.array_split(border[np.argsort(border[:, 0])], 4)])
    distance = np.min(np.linalg.norm(lab[:, :, None] - grounds, axis=3), axis=2)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    weight = distance * np.exp(-0.6 * (x**2 + y**2))
    strong = weight > max(18.0, float(weight.max()) * 0.5)
    if not 0.004 < float(strong.mean()) < 0.6:
        return None
    down, across = np.nonzero(strong)
    return named(_common(rgb[strong])), float(across.mean() / width), float(down.mean() / height)
