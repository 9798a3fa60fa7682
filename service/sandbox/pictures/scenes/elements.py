"""Parts that many scenes share: heavens, ridges, peaks, trees, birds and people."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np

from service.sandbox.pictures.canvas import Canvas, Fill, Pen, Point, arc, noise
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light

Words = frozenset[str]
Scene = Callable[[Canvas, Random, Light, Words], None]


def heavens(
    canvas: Canvas, rng: Random, light: Light, horizon: float, *, sun: Point | None = None, size: float = 0.075
) -> Point:
    """Sky down to `horizon` with its sun or moon, stars at night and clouds; where the sun stands."""
    top, middle, low = light.sky
    canvas.wash([(0, top), (0.55, middle), (1, low)], 0, horizon)
    canvas.wash([(0, low), (1, light.haze)], horizon)
    place = sun or (canvas.focus + rng.uniform(-0.16, 0.16), horizon * rng.uniform(0.5, 0.72))
    if light.night:
        stars(canvas, rng, horizon, round(150 * canvas.right))
    clouds(canvas, rng, light, horizon)
    canvas.glow(*place, size * 9, mix(light.sun, low, 0.35), 0.55)
    canvas.glow(*place, size * 3.4, light.sun, 0.75)
    canvas.disc(*place, size, light.sun)
    if light.name in ("night", "aurora", "storm"):
        for x, y, radius in ((-0.3, -0.2, 0.22), (0.25, 0.35, 0.16), (0.35, -0.35, 0.1)):
            canvas.disc(place[0] + x * size, place[1] + y * size, radius * size, veil(light.haze, 0.28))
    return place


def stars(canvas: Canvas, rng: Random, below: float, count: int) -> None:
    """Stars of several sizes, thinning out towards `below`."""
    for _ in range(count):
        x, y = rng.uniform(0, canvas.right), below * rng.random() ** 1.4
        radius = 0.0011 + 0.0026 * rng.random() ** 5
        canvas.disc(x, y, radius, veil(PAPER, rng.uniform(0.35, 1)))


def clouds(canvas: Canvas, rng: Random, light: Light, horizon: float) -> None:
    """Long soft banks of cloud, lit from below."""
    field = noise(rng, 3, 9, 4)
    rows = np.linspace(0, canvas.bottom, field.shape[0])[:, None]
    band = np.exp(-(((rows - horizon * 0.55) / (horizon * 0.42)) ** 2)).astype(np.float32)
    canvas.tinted(np.clip(field - 0.52, 0, 1) * band * (0.9 if light.night else 1.7), mix(light.sky[2], light.sun, 0.4))


def ridge(
    canvas: Canvas, rng: Random, height: float, rough: float, *, jagged: float = 0.5, points: int = 150
) -> list[Point]:
    """A skyline from edge to edge around `height`, `rough` high at most; `jagged` from 0 (hills) to 1 (crags)."""
    octaves = [(rng.uniform(0.7, 1.3) * 2**n, rng.uniform(0, math.tau), (0.32 + 0.24 * jagged) ** n) for n in range(6)]
    total = sum(weight for _, _, weight in octaves)
    line = []
    for step in range(points + 1):
        x = canvas.right * step / points
        value = 0.0
        for frequency, phase, weight in octaves:
            wave = math.sin(x * frequency * 2.4 + phase)
            value += weight * (wave * (1 - jagged) + (1 - 2 * abs(wave)) * jagged)
        line.append((x, height - rough * value / total))
    return line


def ground(canvas: Canvas, line: list[Point], top: Rgb, bottom: Rgb) -> None:
    """Everything below a skyline, fading from `top` to `bottom`."""
    canvas.shaded([*line, (canvas.right, canvas.bottom), (0, canvas.bottom)], [(0, top), (1, bottom)])


def height_at(line: list[Point], x: float) -> float:
    """Return how high a skyline stands at x."""
    return float(np.interp(x, [px for px, _ in line], [py for _, py in line]))


def peak(
    canvas: Canvas, rng: Random, x: float, top: float, base: float, half: float, color: Rgb, light: Light, sunny: float
) -> None:
    """A mountain with a lit and a shaded face and snow on it; `sunny` is -1 where light comes from the left, else 1."""
    height = base - top
    spine = [(x, top)]
    spine += [
        (x + half * (rng.uniform(-0.1, 0.1) - 0.16 * sunny * step / 8), top + height * step / 8) for step in range(1, 9)
    ]
    left = _slope(rng, (x, top), (x - half, base))
    right = _slope(rng, (x, top), (x + half, base))
    lit, shade = mix(color, light.sun, 0.2), darker(color, 0.24)
    faces = ((left, lit if sunny < 0 else shade), (right, shade if sunny < 0 else lit))
    for edge, face in faces:
        canvas.shaded([*edge, *reversed(spine)], [(0, face), (1, mix(face, light.haze, 0.55))])
    snow = mix(PAPER, light.sky[2], 0.14 if not light.night else 0.4)
    for edge, face in faces:
        bright = face == lit
        canvas.poly(
            _snow(rng, edge, spine, top + height * rng.uniform(0.3, 0.4)), snow if bright else mix(snow, shade, 0.38)
        )


def _slope(rng: Random, start: Point, end: Point) -> list[Point]:
    steps = 12
    width, height = end[0] - start[0], end[1] - start[1]
    points = [start]
    for step in range(1, steps):
        share = step / steps
        wobble = rng.uniform(-0.05, 0.05) * abs(width)
        points.append((start[0] + width * share**1.12 + wobble, start[1] + height * share))
    return [*points, end]


def _snow(rng: Random, edge: list[Point], spine: list[Point], line: float) -> list[Point]:
    """The part of a face above the snow line, its lower rim in tongues."""

    def cut(points: list[Point]) -> Point:
        return float(np.interp(line, [y for _, y in points], [x for x, _ in points])), line

    outer, inner = cut(edge), cut(spine)
    depth = (line - spine[0][1]) * 0.5
    tongues = [
        (
            outer[0] + (inner[0] - outer[0]) * step / 6,
            line + depth * (rng.uniform(0.1, 0.75) if step % 2 else -rng.uniform(0.05, 0.35)),
        )
        for step in range(1, 6)
    ]
    return [*(p for p in edge if p[1] < line), outer, *tongues, inner, *reversed([p for p in spine if p[1] < line])]


def pine(pen: Pen, color: Fill, rng: Random) -> None:
    """A conifer one unit high standing at the pen's origin."""
    pen.box(-0.03, -0.14, 0.03, 0.02, color)
    tiers = 6
    for tier in range(tiers):
        low = -0.1 - 0.76 * tier / tiers
        half = 0.26 * (1 - tier / (tiers + 0.6)) * rng.uniform(0.88, 1.1)
        pen.poly(
            [
                (-half, low),
                (-half * 0.5, low - 0.05),
                (0, low - 0.27),
                (half * 0.5, low - 0.05),
                (half, low),
                (0, low - 0.045),
            ],
            color,
        )


def treeline(canvas: Canvas, rng: Random, line: list[Point], color: Rgb, size: float, spacing: float) -> None:
    """Conifers all along a skyline."""
    x = -spacing
    while x < canvas.right + spacing:
        x += spacing * rng.uniform(0.45, 1.25)
        pine(canvas.pen(x, height_at(line, x) + size * 0.06, size * rng.uniform(0.6, 1.3)), color, rng)


def leafy(pen: Pen, trunk: Rgb, leaf: Rgb, rng: Random) -> None:
    """A broad-leaved tree one unit high."""
    pen.line([(0, 0.02), (0.01, -0.3), (0, -0.55)], 0.075, trunk, to_width=0.03)
    pen.line([(0, -0.28), (-0.13, -0.5)], 0.035, trunk, to_width=0.015)
    pen.line([(0, -0.32), (0.14, -0.52)], 0.035, trunk, to_width=0.015)
    lumps = [(rng.uniform(-0.24, 0.24), rng.uniform(-0.84, -0.5), rng.uniform(0.11, 0.18)) for _ in range(13)]
    for tone, dx, dy in ((darker(leaf, 0.25), 0.02, 0.025), (leaf, 0, 0), (lighter(leaf, 0.16), -0.03, -0.035)):
        for x, y, radius in lumps:
            pen.disc(x + dx, y + dy, radius * (0.62 if dx < 0 else 1), tone)


def birds(canvas: Canvas, rng: Random, x: float, y: float, count: int, color: Rgb) -> None:
    """A loose flock around (x, y)."""
    for _ in range(count):
        pen = canvas.pen(
            x + rng.gauss(0, 0.11), y + rng.gauss(0, 0.05), rng.uniform(0.012, 0.026), turn=rng.uniform(-14, 14)
        )
        lift = rng.uniform(0.25, 0.6)
        pen.poly(
            [
                (-1, -lift),
                (-0.45, -lift * 0.95),
                (0, 0),
                (0.45, -lift * 0.95),
                (1, -lift),
                (0.4, -lift * 0.45),
                (0, 0.2),
                (-0.4, -lift * 0.45),
            ],
            color,
        )


@lru_cache(1)
def poses() -> Mapping[str, Mapping[str, Sequence[Point]]]:
    """Read the joints of each pose, in bodies' heights: back, front and rear leg, both arms, head."""
    data = json.loads(Path(__file__).parent.with_name("poses.json").read_text("utf-8"))
    return {pose: {limb: [(x, y) for x, y in points] for limb, points in limbs.items()} for pose, limbs in data.items()}


def person(pen: Pen, pose: str, color: Fill, *, top: Fill | None = None, skin: Fill | None = None) -> None:
    """A figure one unit tall standing at the pen's origin, as a silhouette or with its own colours."""
    joints = poses()[pose]
    for name in ("other", "rear", "front"):
        limb_color = color if name != "other" or top is None else top
        pen.line(joints[name], 0.105 if name != "other" else 0.075, limb_color, to_width=0.06)
    hip, neck = joints["back"]
    pen.line((hip, neck), 0.15, top or color, to_width=0.19)
    pen.line(joints["arm"], 0.078, top or color, to_width=0.055)
    (head,) = joints["head"]
    pen.line((neck, head), 0.06, skin or color)
    pen.disc(*head, 0.078, skin or color, tall=1.15)
    if skin is not None:
        for name in ("arm", "other"):
            _, elbow, hand = joints[name]
            pen.line((elbow, hand), 0.062, skin, to_width=0.05)
        for name in ("front", "rear"):
            x, y = joints[name][2]
            pen.disc(x + 0.03, y - 0.005, 0.055, DARK, tall=0.6)
        pen.poly(arc(*head, 0.082, 180, 360, tall=1.15), DARK)


def backpacker(pen: Pen, pose: str, color: Rgb, pack: Rgb) -> None:
    """A hiker with a pack and a pole."""
    x, y = poses()[pose]["back"][1]
    pen.box(x - 0.22, y - 0.03, x - 0.04, y + 0.27, pack, round_by=0.06)
    pen.box(x - 0.22, y - 0.09, x - 0.02, y - 0.02, darker(pack, 0.25), round_by=0.035)
    person(pen, pose, color)
    if pose == "hike":
        pen.line([(0.2, -0.64), (0.27, 0.02)], 0.018, color)


def reflection(canvas: Canvas, rng: Random, x: float, top: float, color: Rgb, *, wide: float = 0.1) -> None:
    """Light glittering on water below a sun at x."""
    y, row = top, 0
    while y < canvas.bottom:
        share = (y - top) / (canvas.bottom - top)
        half = wide * (0.35 + 1.3 * share)
        for _ in range(3):
            middle = x + rng.gauss(0, half * 0.6)
            length = half * rng.uniform(0.15, 0.75)
            thick = 0.0015 + 0.006 * share
            canvas.disc(
                middle, y, length, veil(color, rng.uniform(0.35, 0.85) * (1 - 0.45 * share)), tall=thick / length
            )
        row += 1
        y += 0.005 + 0.011 * share


DARK = rgb("#0b0d16")
