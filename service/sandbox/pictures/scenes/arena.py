"""The hall in which athletes and balls stand out."""

from random import Random

from service.sandbox.pictures.canvas import Canvas
from service.sandbox.pictures.color import Rgb, darker, mix, veil
from service.sandbox.pictures.schemes import schemes


def arena(canvas: Canvas, rng: Random) -> tuple[Rgb, Rgb, Rgb]:
    """A hall of slanting speed stripes around a spotlight."""
    deep, middle, bright = rng.choice(schemes("arenas"))
    canvas.wash([(0, deep), (0.65, mix(deep, middle, 0.7)), (1, deep)])
    canvas.glow(canvas.focus, canvas.bottom * 0.45, 0.9, mix(middle, bright, 0.3), 0.95)
    for _ in range(26):
        x, y, wide = rng.uniform(-0.4, canvas.right), rng.uniform(0, canvas.bottom), rng.uniform(0.003, 0.02)
        long = rng.uniform(0.15, 0.5)
        canvas.poly(
            [(x, y), (x + long, y - long * 0.42), (x + long + wide, y - long * 0.42 + wide), (x + wide, y + wide)],
            veil(bright, rng.uniform(0.06, 0.22)),
        )
    floor = canvas.bottom * 0.88
    canvas.wash([(0, mix(deep, middle, 0.6)), (1, darker(deep, 0.5))], floor)
    canvas.box(0, floor, canvas.right, floor + 0.005, mix(middle, bright, 0.5))
    canvas.disc(canvas.focus, floor + 0.035, 0.36, veil(bright, 0.22), tall=0.1)
    return deep, middle, bright
