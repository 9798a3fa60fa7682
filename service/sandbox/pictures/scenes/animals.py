"""Cats, dogs, bears, birds and elephants against the light."""

from random import Random

from service.sandbox.pictures.canvas import Canvas
from service.sandbox.pictures.color import darker, mix
from service.sandbox.pictures.figures import draw, figure, names
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import elements as el
from service.sandbox.pictures.scenes.land import grass

SITTING = ("cat", "dog", "bear", "bird", "elephant", "fox")


def animals(canvas: Canvas, rng: Random, light: Light, words: el.Words) -> None:
    """The animal the words name, in the hat they name, sitting on a hill before a huge sun or moon."""
    bottom = canvas.bottom
    stray = rng.choice(("cat", "dog", "fox"))
    kind = f"animals/{next((name for name in SITTING if words & figure(f'animals/{name}').called), stray)}"
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
    draw(pen, kind, light)
    place, hat = figure(kind).hat, next((name for name in names("hats") if words & figure(name).called), None)
    if hat and place:
        draw(pen.pen(*place), hat, light)
    el.birds(canvas, rng, canvas.focus - 0.55, bottom * 0.25, 5, mix(light.land, light.sky[0], 0.3))
