"""Pictures of nothing in particular: ribbons, shapes, rays."""

import math
from random import Random

from service.sandbox.pictures.canvas import Canvas
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, turned, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.schemes import schemes


def _hues(rng: Random) -> list[Rgb]:
    return [*rng.choice(schemes("abstract"))]


def ribbons(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Flowing bands of colour, layered like paper."""
    hues = _hues(rng)
    bottom = canvas.bottom
    canvas.wash([(0, hues[0]), (1, hues[1])])
    canvas.glow(canvas.focus, bottom * 0.3, 0.7, mix(hues[3], hues[4], 0.5), 0.55)
    canvas.disc(canvas.focus, bottom * 0.3, 0.16, hues[4])
    layers = 8
    phase, slope = rng.uniform(0, 6), rng.uniform(-0.25, 0.25)
    for layer in range(layers):
        share = layer / (layers - 1)
        tone = mix(mix(hues[2], hues[3], min(1.0, share * 2)), hues[0], max(0.0, share * 1.3 - 0.45))
        line = []
        for step in range(81):
            x = canvas.right * step / 80
            wave = math.sin(x * 2.6 + phase + layer * 0.55) * 0.075 + math.sin(x * 5.1 - phase + layer * 0.9) * 0.028
            line.append((x, bottom * (0.36 + 0.09 * layer) + wave + slope * (x - canvas.right / 2) * (1 - share)))
        canvas.poly([*((x, y - 0.012) for x, y in line), (canvas.right, bottom), (0, bottom)], veil(el.DARK, 0.16))
        canvas.shaded(
            [*line, (canvas.right, bottom), (0, bottom)],
            [(0, lighter(tone, 0.18)), (0.4, tone), (1, darker(tone, 0.25))],
        )


def geometric(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A grid of quarter circles, rings and triangles after the Bauhaus."""
    hues = [*_hues(rng), PAPER]
    side = min(1.0, canvas.right) / 4
    columns, rows = math.ceil(canvas.right / side), math.ceil(canvas.bottom / side)
    for row in range(rows):
        for column in range(columns):
            ground, figure, spot = rng.sample(hues, 3)
            pen = canvas.pen((column + 0.5) * side, (row + 0.5) * side, side, turn=rng.choice((0, 90, 180, 270)))
            pen.box(-0.502, -0.502, 0.502, 0.502, ground)
            kind = rng.randrange(6)
            if kind == 0:
                pen.poly(
                    [
                        (-0.5, -0.5),
                        *(
                            (-0.5 + math.cos(math.radians(a)), -0.5 + math.sin(math.radians(a)))
                            for a in range(0, 91, 5)
                        ),
                    ],
                    figure,
                )
            elif kind == 1:
                pen.disc(0, 0, 0.5, figure)
                pen.disc(0, 0, 0.25, spot)
            elif kind == 2:
                pen.poly([(-0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], figure)
            elif kind == 3:
                for step in range(3):
                    pen.box(-0.5, -0.5 + step * 0.36, 0.5, -0.32 + step * 0.36, figure)
            elif kind == 4:
                pen.poly(
                    [
                        (-0.5, 0),
                        *(
                            (0.5 * math.cos(math.radians(a)), 0.5 * math.sin(math.radians(a)))
                            for a in range(180, 361, 6)
                        ),
                    ],
                    figure,
                )
                pen.poly(
                    [
                        (-0.5, 0.5),
                        *(
                            (0.5 * math.cos(math.radians(a)), 0.5 + 0.5 * math.sin(math.radians(a)))
                            for a in range(180, 361, 6)
                        ),
                    ],
                    spot,
                )
            else:
                pen.poly([(-0.5, 0), (0, -0.5), (0.5, 0), (0, 0.5)], figure)
                pen.disc(0, 0, 0.16, spot)


def burst(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """Rays from behind the subject's place, with dots and confetti."""
    hues = _hues(rng)
    bottom = canvas.bottom
    base = mix(hues[1], hues[0], 0.35)
    canvas.wash([(0, base), (1, hues[0])])
    count = 22
    for step in range(count):
        ray = canvas.pen(canvas.focus, bottom * 0.5, 2.6, turn=360 * step / count)
        ray.poly([(0, 0), (1, -math.tan(math.pi / count / 2)), (1, math.tan(math.pi / count / 2))], veil(hues[2], 0.34))
    canvas.glow(canvas.focus, bottom * 0.5, 0.8, hues[3], 0.8)
    for radius, tone in ((0.3, lighter(hues[3], 0.2)), (0.235, hues[4]), (0.17, hues[1])):
        canvas.disc(canvas.focus, bottom * 0.5, radius, tone)
    star = [
        (
            math.cos(math.radians(-90 + 36 * k)) * (0.12 if k % 2 == 0 else 0.052),
            math.sin(math.radians(-90 + 36 * k)) * (0.12 if k % 2 == 0 else 0.052),
        )
        for k in range(10)
    ]
    canvas.pen(canvas.focus, bottom * 0.5, 1).poly(star, hues[4])
    for _ in range(60):
        angle, reach = rng.uniform(0, math.tau), rng.uniform(0.36, 1.1)
        piece = canvas.pen(
            canvas.focus + math.cos(angle) * reach,
            bottom * 0.5 + math.sin(angle) * reach * 0.75,
            rng.uniform(0.008, 0.02),
            turn=rng.uniform(0, 180),
        )
        piece.box(-1, -0.45, 1, 0.45, turned(rng.choice(hues[2:]), rng.uniform(-20, 20)))


def facets(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A low-poly sheet of triangles, lit from the focus."""
    hues = _hues(rng)
    columns, rows = round(9 * canvas.right), round(9 * canvas.bottom)
    grid = [
        [
            (
                (c + (rng.uniform(-0.34, 0.34) if 0 < c < columns else 0)) * canvas.right / columns,
                (r + (rng.uniform(-0.34, 0.34) if 0 < r < rows else 0)) * canvas.bottom / rows,
            )
            for c in range(columns + 1)
        ]
        for r in range(rows + 1)
    ]
    for r in range(rows):
        for c in range(columns):
            a, b, d, e = grid[r][c], grid[r][c + 1], grid[r + 1][c], grid[r + 1][c + 1]
            for triangle in ((a, b, d), (b, e, d)):
                x, y = sum(p[0] for p in triangle) / 3, sum(p[1] for p in triangle) / 3
                near = max(0.0, 1 - math.hypot(x - canvas.focus, y - canvas.bottom * 0.45) / 1.1)
                tone = mix(mix(hues[0], hues[2], min(1.0, near * 1.5)), hues[3], max(0.0, near * 1.7 - 0.85))
                canvas.poly(triangle, mix(tone, rng.choice((PAPER, el.DARK)), rng.uniform(0, 0.13)))
