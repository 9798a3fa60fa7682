"""A lighthouse."""

from service.sandbox.pictures.canvas import Pen
from service.sandbox.pictures.color import PAPER, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light

CALLED = frozenset({"lighthouse", "lighthouses", "beacon"})


def lighthouse(pen: Pen, light: Light) -> None:
    """A lighthouse on its rock one unit high, the waterline at the pen's origin."""
    rock, wall, red = darker(light.land, 0.25), mix(PAPER, light.haze, 0.12), rgb("#d8433b")
    glow = lighter(light.sun, 0.3)
    for side in (-1, 1):
        pen.poly([(0, -0.83), (side * 3, -1.4), (side * 3, -0.5)], veil(glow, 0.2))
    pen.poly([(-0.34, 0.04), (-0.22, -0.09), (-0.06, -0.16), (0.13, -0.15), (0.26, -0.07), (0.36, 0.04)], rock)
    pen.poly([(-0.115, -0.14), (-0.07, -0.75), (0.07, -0.75), (0.115, -0.14)], wall)
    for low, high in ((0.0, 0.2), (0.4, 0.6), (0.8, 1.0)):
        wide, narrow = 0.115 - 0.045 * low, 0.115 - 0.045 * high
        foot, head = -0.14 - 0.61 * low, -0.14 - 0.61 * high
        pen.poly([(-wide, foot), (-narrow, head), (narrow, head), (wide, foot)], red)
    pen.poly([(0.03, -0.15), (0.02, -0.75), (0.07, -0.75), (0.115, -0.14)], veil(rock, 0.22))
    pen.box(-0.1, -0.78, 0.1, -0.75, rock)
    pen.box(-0.055, -0.88, 0.055, -0.78, glow)
    pen.poly([(-0.075, -0.88), (0, -0.98), (0.075, -0.88)], red)
