"""Colours as 8-bit RGB, and how well one reads on another. See WCAG 2.2, 'contrast ratio'."""

import colorsys
from functools import lru_cache

Rgb = tuple[int, int, int]

INK: Rgb = (12, 12, 20)
PAPER: Rgb = (255, 255, 255)
READABLE = 4.5


@lru_cache(1024)
def rgb(code: str) -> Rgb:
    """`"#rrggbb"` as three bytes."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`one` with `share` (0 to 1) of `other`."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )


def veil(color: Rgb, opacity: float) -> tuple[int, int, int, int]:
    """The colour as a translucent wash."""
    return (*color, round(255 * opacity))


def lighter(color: Rgb, share: float) -> Rgb:
    """Towards white by `share`."""
    return mix(color, PAPER, share)


def darker(color: Rgb, share: float) -> Rgb:
    """Towards black by `share`."""
    return mix(color, (0, 0, 0), share)


def turned(color: Rgb, degrees: float, saturation: float = 1.0) -> Rgb:
    """The same lightness at another hue, its saturation multiplied."""
    hue, light, colourful = colorsys.rgb_to_hls(*(part / 255 for part in color))
    red, green, blue = colorsys.hls_to_rgb((hue + degrees / 360) % 1, light, min(1.0, colourful * saturation))
    return round(red * 255), round(green * 255), round(blue * 255)


def luminance(color: Rgb) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    parts = [part / 255 for part in color]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(backing: Rgb) -> Rgb:
    """Near-black or white, whichever reads better on `backing` (at least 4.4, in practice)."""
    return max((INK, PAPER), key=lambda ink: contrast(ink, backing))


def readable(color: Rgb, backing: Rgb, ratio: float = READABLE) -> Rgb:
    """`color`, moved away from `backing` only as far as it takes to reach `ratio` on it."""
    goal: Rgb = PAPER if luminance(backing) < 0.18 else (0, 0, 0)
    for step in range(21):
        candidate = mix(color, goal, step / 20)
        if contrast(candidate, backing) >= ratio:
            return candidate
    return goal
