"""A portrait: head and shoulders before a disc of light."""

from random import Random

from service.sandbox.pictures.canvas import Canvas, Pen
from service.sandbox.pictures.color import Rgb, mix, veil
from service.sandbox.pictures.figures import draw
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.schemes import shades
from service.sandbox.pictures.subjects import details


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
        rng.choice(shades("skins")),
        rng.choice(shades("hair")),
        light.accent,
        words,
    )


def bust(pen: Pen, rng: Random, skin: Rgb, hair: Rgb, cloth: Rgb, words: el.Words) -> None:
    """Head and shoulders, one unit tall, facing the viewer; surprised where the words say so."""
    if words & details("she") or (not words & details("he") and rng.random() < 0.5):
        draw(pen, "people/long-hair", hair=hair)
    draw(pen, "people/bust", skin=skin, cloth=cloth)
    face = "shocked" if words & details("shocked") else "calm"
    draw(pen, f"people/{face}-face", skin=skin, hair=hair)
    draw(pen, "people/fringe", hair=hair)
