"""A portrait: head and shoulders before a disc of light."""

from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import PAPER, Rgb, darker, lighter, mix, rgb, veil
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.scenes.people import SKINS

HAIR = ("#2b1b12", "#5a3418", "#a86a2c", "#e0b354", "#15151c", "#9a3b22")
SHOCKED = frozenset({"surprised", "shocked", "shock", "surprise", "amazed", "scared", "wow", "omg"})
SHE = frozenset({"woman", "girl", "she", "her", "princess", "queen", "lady"})
HE = frozenset({"man", "boy", "he", "his", "king", "guy"})


def portrait(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """A bust in flat colours before a disc of light."""
    bottom = canvas.bottom
    low = mix(light.sky[1], light.accent, 0.35)
    canvas.wash([(0, light.sky[0]), (1, low)])
    canvas.disc(canvas.focus, bottom * 0.45, 0.42, mix(light.sky[2], light.sun, 0.4))
    canvas.ring(canvas.focus, bottom * 0.45, 0.46, 0.006, veil(light.sun, 0.6))
    for _ in range(18):
        canvas.disc(
            rng.uniform(0, canvas.right),
            rng.uniform(0, bottom),
            rng.uniform(0.004, 0.02),
            veil(light.sun, rng.uniform(0.1, 0.35)),
        )
    bust(
        canvas.pen(canvas.focus, bottom * 1.02, 0.92),
        rng,
        rgb(rng.choice(SKINS)),
        rgb(rng.choice(HAIR)),
        light.accent,
        words,
    )


def bust(pen: Pen, rng: Random, skin: Rgb, hair: Rgb, cloth: Rgb, words: el.Words) -> None:
    """Head and shoulders, one unit tall, facing the viewer; surprised where the words say so."""
    if words & SHE or (not words & HE and rng.random() < 0.5):
        pen.shape(
            [
                (-0.02, -0.97),
                (-0.24, -0.88),
                (-0.31, -0.62),
                (-0.33, -0.3),
                (-0.2, -0.2),
                (0.2, -0.2),
                (0.33, -0.3),
                (0.31, -0.62),
                (0.24, -0.88),
            ],
            darker(hair, 0.2),
        )
    pen.shape(
        [
            (-0.52, 0.1),
            (-0.47, -0.14),
            (-0.3, -0.25),
            (-0.1, -0.31),
            (0.1, -0.31),
            (0.3, -0.25),
            (0.47, -0.14),
            (0.52, 0.1),
        ],
        cloth,
    )
    pen.shape([(0.24, -0.27), (0.47, -0.14), (0.52, 0.1), (0.3, 0.1)], darker(cloth, 0.2))
    pen.shape([(-0.1, -0.42), (-0.11, -0.3), (0, -0.2), (0.11, -0.3), (0.1, -0.42)], darker(skin, 0.2))
    _head(pen, skin)
    _features(pen, skin, hair, shocked=bool(words & SHOCKED))
    fringe = [
        (-0.21, -0.62),
        (-0.25, -0.84),
        (-0.1, -0.97),
        (0.1, -0.97),
        (0.25, -0.84),
        (0.21, -0.62),
        (0.17, -0.76),
        (0.06, -0.82),
        (-0.1, -0.79),
    ]
    pen.shape(fringe, hair)
    pen.stroke([(-0.14, -0.9), (0, -0.93), (0.13, -0.89)], 0.014, lighter(hair, 0.25))


def _head(pen: Pen, skin: Rgb) -> None:
    """Ears, and a face shaded on one side."""
    for side in (-1, 1):
        pen.disc(side * 0.2, -0.6, 0.04, darker(skin, 0.1), tall=1.3)
    pen.shape(
        [
            (0, -0.88),
            (-0.15, -0.84),
            (-0.2, -0.66),
            (-0.175, -0.5),
            (-0.09, -0.385),
            (0, -0.36),
            (0.09, -0.385),
            (0.175, -0.5),
            (0.2, -0.66),
            (0.15, -0.84),
        ],
        skin,
    )
    pen.shape(
        [(0.06, -0.86), (0.15, -0.82), (0.2, -0.66), (0.175, -0.5), (0.09, -0.385), (0.03, -0.37), (0.12, -0.55)],
        veil(darker(skin, 0.5), 0.17),
    )


def _features(pen: Pen, skin: Rgb, hair: Rgb, *, shocked: bool) -> None:
    """Eyes, brows, nose and mouth."""
    for x in (-0.085, 0.085):
        pen.disc(x, -0.615, 0.042 if shocked else 0.034, PAPER, tall=1.1 if shocked else 0.72)
        pen.disc(x, -0.612, 0.021, rgb("#1e1410"))
        lift = 0.04 if shocked else 0.0
        pen.stroke([(x - 0.05, -0.675 - lift), (x, -0.69 - lift), (x + 0.05, -0.675 - lift)], 0.018, hair)
    pen.stroke([(0.0, -0.6), (0.018, -0.53), (-0.01, -0.52)], 0.012, darker(skin, 0.25))
    if shocked:
        pen.disc(0, -0.445, 0.04, rgb("#5c1a1a"), tall=1.3)
    else:
        pen.shape(
            [(-0.065, -0.465), (0, -0.455), (0.065, -0.465), (0.035, -0.43), (0, -0.42), (-0.035, -0.43)],
            rgb("#c94a4a"),
        )
