"""Cats, dogs, bears, birds and elephants against the light."""

from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.scenes.hats import hat_for
from service.sandbox.pictures.scenes.land import grass

KINDS = {
    "cat": frozenset({"cat", "cats", "kitten", "kittens", "kitty", "meow"}),
    "dog": frozenset({"dog", "dogs", "puppy", "puppies", "corgi", "labrador", "husky"}),
    "bear": frozenset({"bear", "bears", "panda", "grizzly", "koala"}),
    "bird": frozenset({"bird", "birds", "parrot", "owl", "eagle", "budgie"}),
    "elephant": frozenset({"elephant", "elephants", "safari", "africa", "savanna", "savannah", "zoo"}),
    "fox": frozenset({"fox", "foxes", "wolf", "wolves"}),
}
# Where each one's head ends, and how wide a hat fits it.
CROWNS = {
    "cat": (0.0, -0.84, 0.86),
    "dog": (0.0, -0.88, 0.86),
    "bear": (0.0, -0.9, 0.95),
    "bird": (0.0, -0.86, 0.85),
    "elephant": (-0.48, -0.9, 0.7),
    "fox": (0.0, -0.83, 0.78),
}


def animals(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """The animal the words name, in the hat they name, sitting on a hill before a huge sun or moon."""
    bottom = canvas.bottom
    kind = next((name for name, calls in KINDS.items() if words & calls), rng.choice(("cat", "dog", "fox")))
    horizon = bottom * 0.84
    el.heavens(canvas, rng, light, horizon, sun=(canvas.focus, bottom * 0.46), size=0.36)
    el.ground(canvas, el.ridge(canvas, rng, bottom * 0.72, 0.07, jagged=0.15), light.ground(0.35), light.ground(0.55))
    hill = [
        (
            canvas.right * step / 40,
            bottom * 0.86 - 0.07 * max(0.0, 1 - abs(canvas.right * step / 40 - canvas.focus) / 0.9) ** 1.4,
        )
        for step in range(41)
    ]
    near = darker(light.land, 0.15)
    el.ground(canvas, hill, mix(near, light.leaf, 0.3), darker(near, 0.4))
    for _ in range(round(70 * canvas.right)):
        x = rng.uniform(0, canvas.right)
        grass(canvas.pen(x, el.height_at(hill, x) + 0.012, rng.uniform(0.018, 0.045)), mix(near, light.leaf, 0.15), rng)
    pen = canvas.pen(canvas.focus, bottom * 0.815, 0.56, flip=rng.random() < 0.5)
    {"cat": cat, "dog": dog, "bear": bear, "bird": bird, "elephant": elephant, "fox": fox}[kind](pen, light)
    hat = hat_for(words)
    if hat is not None:
        x, y, size = CROWNS[kind]
        hat(pen.pen(x, y, size), light.accent)
    el.birds(canvas, rng, canvas.focus - 0.55, bottom * 0.25, 5, mix(light.land, light.sky[0], 0.3))


def _eyes(pen: Pen, x: float, y: float, apart: float, radius: float, iris: Rgb) -> None:
    for side in (-1, 1):
        pen.disc(x + side * apart, y, radius, iris, tall=1.1)
        pen.disc(x + side * apart, y, radius * 0.5, el.DARK, tall=1.5)
        pen.disc(x + side * apart - radius * 0.3, y - radius * 0.4, radius * 0.26, PAPER)


def cat(pen: Pen, light: Light) -> None:
    """A sitting cat one unit tall, looking at the viewer."""
    fur, dark = rgb("#f08c3a"), rgb("#c8641c")
    pen.stroke([(0.2, -0.04), (0.42, -0.06), (0.5, -0.22), (0.43, -0.36)], 0.085, dark, to_width=0.06)
    pen.shape([(-0.27, 0.0), (-0.26, -0.25), (-0.15, -0.52), (0.15, -0.52), (0.26, -0.25), (0.27, 0.0), (0, 0.03)], fur)
    pen.shape([(-0.1, -0.45), (0.1, -0.45), (0.12, -0.2), (0, -0.12), (-0.12, -0.2)], rgb("#ffe3c4"))
    for x in (-0.1, 0.1):
        pen.line([(x, -0.28), (x, -0.02)], 0.1, fur)
        pen.disc(x, -0.01, 0.07, rgb("#ffe3c4"), tall=0.6)
    for side in (-1, 1):
        pen.poly([(side * 0.24, -0.74), (side * 0.23, -0.99), (side * 0.04, -0.86)], fur)
        pen.poly([(side * 0.2, -0.79), (side * 0.2, -0.92), (side * 0.1, -0.85)], rgb("#ff9fb2"))
    pen.disc(0, -0.68, 0.25, fur, tall=0.86)
    for x in (-0.07, 0.0, 0.07):
        pen.line([(x, -0.88), (x * 0.7, -0.8)], 0.028, dark)
    _eyes(pen, 0, -0.69, 0.105, 0.053, rgb("#c8f25a"))
    pen.disc(0, -0.585, 0.085, rgb("#ffe3c4"), tall=0.6)
    pen.poly([(-0.027, -0.625), (0.027, -0.625), (0, -0.598)], rgb("#e8607a"))
    pen.stroke([(-0.05, -0.575), (-0.025, -0.56), (0, -0.585), (0.025, -0.56), (0.05, -0.575)], 0.011, dark)
    for side in (-1, 1):
        for rise in (-0.02, 0.02):
            pen.line([(side * 0.1, -0.59), (side * 0.3, -0.6 + rise * 1.8)], 0.006, PAPER)


def dog(pen: Pen, light: Light) -> None:
    """A sitting dog one unit tall, tongue out."""
    fur, dark, white = rgb("#c98a4b"), rgb("#7d4a20"), rgb("#fff4e3")
    pen.stroke([(0.22, -0.06), (0.4, -0.14), (0.46, -0.3)], 0.09, dark, to_width=0.05)
    pen.shape([(-0.28, 0.0), (-0.26, -0.24), (-0.16, -0.52), (0.16, -0.52), (0.26, -0.24), (0.28, 0.0), (0, 0.03)], fur)
    pen.shape([(-0.12, -0.48), (0.12, -0.48), (0.13, -0.22), (0, -0.13), (-0.13, -0.22)], white)
    for x in (-0.11, 0.11):
        pen.line([(x, -0.28), (x, -0.02)], 0.11, fur)
        pen.disc(x, -0.01, 0.078, white, tall=0.6)
    pen.box(-0.16, -0.5, 0.16, -0.44, light.accent, round_by=0.03)
    pen.disc(0, -0.42, 0.045, rgb("#ffd43b"))
    pen.disc(0, -0.72, 0.24, fur, tall=0.95)
    pen.shape([(-0.04, -0.94), (0.04, -0.94), (0.06, -0.7), (-0.06, -0.7)], white)
    for side in (-1, 1):
        pen.shape(
            [
                (side * 0.15, -0.92),
                (side * 0.27, -0.88),
                (side * 0.33, -0.66),
                (side * 0.27, -0.52),
                (side * 0.2, -0.64),
            ],
            dark,
        )
    _eyes(pen, 0, -0.75, 0.095, 0.042, rgb("#4a2a12"))
    pen.disc(0, -0.6, 0.12, white, tall=0.78)
    pen.shape([(-0.04, -0.55), (0.04, -0.55), (0.045, -0.46), (0, -0.43), (-0.045, -0.46)], rgb("#ff7b93"))
    pen.stroke([(-0.08, -0.57), (-0.04, -0.545), (0, -0.57), (0.04, -0.545), (0.08, -0.57)], 0.013, dark)
    pen.disc(0, -0.655, 0.05, el.DARK, tall=0.72)
    pen.disc(-0.015, -0.67, 0.014, veil(PAPER, 0.7))


def bear(pen: Pen, light: Light) -> None:
    """A sitting panda one unit tall."""
    white, black = rgb("#f5f3ee"), rgb("#22242b")
    pen.shape([(-0.34, 0.0), (-0.36, -0.25), (-0.2, -0.52), (0.2, -0.52), (0.36, -0.25), (0.34, 0.0), (0, 0.04)], white)
    pen.shape([(-0.32, -0.34), (-0.2, -0.53), (0.2, -0.53), (0.32, -0.34), (0, -0.4)], black)
    for side in (-1, 1):
        pen.line([(side * 0.27, -0.42), (side * 0.33, -0.25), (side * 0.2, -0.16)], 0.14, black)
        pen.disc(side * 0.27, -0.04, 0.13, black, tall=0.85)
        pen.disc(side * 0.27, -0.03, 0.065, rgb("#5b5e69"), tall=0.85)
        pen.disc(side * 0.22, -0.92, 0.095, black)
    pen.disc(0, -0.71, 0.28, white, tall=0.88)
    for side in (-1, 1):
        pen.disc(side * 0.12, -0.7, 0.08, black, tall=1.15, lean=side * 25)
        pen.disc(side * 0.105, -0.715, 0.03, PAPER)
        pen.disc(side * 0.105, -0.715, 0.016, black)
    pen.disc(0, -0.6, 0.045, black, tall=0.7)
    pen.stroke([(-0.06, -0.555), (0, -0.535), (0.06, -0.555)], 0.014, black)
    pen.stroke([(0.12, -0.12), (0.2, -0.35), (0.3, -0.6)], 0.03, rgb("#4f9d45"))
    pen.shape([(0.24, -0.46), (0.36, -0.5), (0.42, -0.44), (0.32, -0.42)], rgb("#6cc24a"))


def bird(pen: Pen, light: Light) -> None:
    """An owl on a branch, one unit tall."""
    brown, pale = rgb("#8a5a3b"), rgb("#ecd3ad")
    pen.stroke([(-0.7, 0.02), (-0.2, -0.02), (0.3, 0.0), (0.75, -0.05)], 0.07, darker(light.land, 0.3))
    for side in (-1, 1):
        pen.poly([(side * 0.08, -0.86), (side * 0.25, -1.02), (side * 0.27, -0.74)], brown)
    pen.shape(
        [
            (0, -0.92),
            (-0.24, -0.84),
            (-0.31, -0.5),
            (-0.24, -0.14),
            (0, -0.02),
            (0.24, -0.14),
            (0.31, -0.5),
            (0.24, -0.84),
        ],
        brown,
    )
    pen.shape([(0, -0.52), (-0.15, -0.42), (-0.15, -0.2), (0, -0.08), (0.15, -0.2), (0.15, -0.42)], pale)
    for row in range(3):
        for column in range(-1, 2):
            pen.ring(column * 0.085 + 0.04 * (row % 2), -0.4 + row * 0.095, 0.035, 0.014, brown, start=0, end=180)
    for side in (-1, 1):
        pen.shape(
            [(side * 0.29, -0.6), (side * 0.35, -0.34), (side * 0.22, -0.1), (side * 0.17, -0.34)], darker(brown, 0.3)
        )
        pen.disc(side * 0.12, -0.68, 0.125, pale)
        pen.line([(side * 0.07, -0.03), (side * 0.07, 0.02)], 0.045, rgb("#f2a541"))
    _eyes(pen, 0, -0.68, 0.12, 0.08, rgb("#ffc93c"))
    pen.poly([(-0.04, -0.62), (0.04, -0.62), (0, -0.52)], rgb("#f2a541"))


def elephant(pen: Pen, light: Light) -> None:
    """An elephant in profile, one unit tall."""
    skin = mix(rgb("#8d97a8"), light.haze, 0.2)
    for x, tone in ((-0.36, darker(skin, 0.25)), (0.2, darker(skin, 0.25)), (-0.24, skin), (0.32, skin)):
        pen.box(x - 0.09, -0.38, x + 0.09, 0.02, tone, round_by=0.05)
    pen.stroke([(0.46, -0.55), (0.54, -0.4), (0.52, -0.24)], 0.03, darker(skin, 0.15))
    pen.shape(
        [(-0.42, -0.5), (-0.3, -0.8), (0.1, -0.88), (0.42, -0.74), (0.49, -0.45), (0.4, -0.27), (-0.34, -0.25)], skin
    )
    pen.shape(
        [(-0.72, -0.78), (-0.58, -0.95), (-0.36, -0.93), (-0.28, -0.7), (-0.38, -0.48), (-0.6, -0.48), (-0.71, -0.6)],
        skin,
    )
    pen.stroke(
        [(-0.66, -0.62), (-0.76, -0.42), (-0.78, -0.2), (-0.7, -0.08), (-0.63, -0.14)], 0.15, skin, to_width=0.065
    )
    pen.stroke([(-0.6, -0.5), (-0.72, -0.42), (-0.86, -0.44)], 0.045, rgb("#fdf6e3"), to_width=0.018)
    pen.shape(
        [(-0.44, -0.9), (-0.2, -0.92), (-0.12, -0.7), (-0.2, -0.48), (-0.36, -0.44), (-0.42, -0.66)], darker(skin, 0.16)
    )
    pen.shape(
        [(-0.38, -0.84), (-0.23, -0.85), (-0.18, -0.7), (-0.24, -0.55), (-0.34, -0.52)], mix(skin, rgb("#ff9fb2"), 0.35)
    )
    pen.disc(-0.55, -0.74, 0.026, el.DARK)


def fox(pen: Pen, light: Light) -> None:
    """A sitting fox one unit tall."""
    fur, white, dark = rgb("#e8632a"), rgb("#fff4e8"), rgb("#3a1d12")
    pen.shape([(0.12, 0.0), (0.42, -0.02), (0.6, -0.22), (0.52, -0.48), (0.42, -0.3), (0.2, -0.18)], fur)
    pen.shape([(0.6, -0.22), (0.52, -0.48), (0.47, -0.38), (0.52, -0.25)], white)
    pen.shape([(-0.24, 0.0), (-0.24, -0.22), (-0.14, -0.52), (0.14, -0.52), (0.24, -0.22), (0.24, 0.0), (0, 0.03)], fur)
    pen.shape([(-0.11, -0.5), (0.11, -0.5), (0.12, -0.28), (0, -0.14), (-0.12, -0.28)], white)
    for x in (-0.09, 0.09):
        pen.line([(x, -0.26), (x, -0.02)], 0.085, dark)
    for side in (-1, 1):
        pen.poly([(side * 0.27, -0.72), (side * 0.27, -1.04), (side * 0.05, -0.86)], fur)
        pen.poly([(side * 0.22, -0.8), (side * 0.235, -0.96), (side * 0.12, -0.86)], dark)
    pen.shape(
        [
            (0, -0.9),
            (-0.2, -0.84),
            (-0.31, -0.62),
            (-0.12, -0.5),
            (0, -0.44),
            (0.12, -0.5),
            (0.31, -0.62),
            (0.2, -0.84),
        ],
        fur,
    )
    for side in (-1, 1):
        pen.shape(
            [(side * 0.3, -0.625), (side * 0.16, -0.64), (side * 0.03, -0.56), (0, -0.44), (side * 0.12, -0.5)], white
        )
    _eyes(pen, 0, -0.7, 0.115, 0.04, rgb("#ffc93c"))
    pen.disc(0, -0.475, 0.042, dark, tall=0.75)
