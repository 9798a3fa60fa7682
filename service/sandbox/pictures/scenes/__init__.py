"""Scenes by subject: `scene(canvas, rng, light, words)` fills the canvas, its subject at `canvas.focus`."""

from random import Random

from PIL import Image

from service.sandbox.pictures.canvas import Canvas
from service.sandbox.pictures.light import Light
from service.sandbox.pictures.scenes import (
    abstract,
    animals,
    city,
    desk,
    land,
    people,
    portrait,
    space,
    sport,
    stage,
    table,
    travel,
    water,
)
from service.sandbox.pictures.scenes.elements import Scene, Words

SCENES: dict[str, Scene] = {
    "mountains": land.mountains,
    "forest": land.forest,
    "desert": land.desert,
    "meadow": land.meadow,
    "ocean": water.ocean,
    "space": space.space,
    "city": city.city,
    "road": city.road,
    "food": table.food,
    "tech": desk.tech,
    "science": desk.science,
    "learning": desk.learning,
    "music": stage.music,
    "gaming": stage.gaming,
    "money": stage.money,
    "fitness": people.fitness,
    "sport": sport.sport,
    "portrait": portrait.portrait,
    "animals": animals.animals,
    "travel": travel.travel,
    "ribbons": abstract.ribbons,
    "geometric": abstract.geometric,
    "burst": abstract.burst,
    "facets": abstract.facets,
}


def painted(
    name: str, width: int, height: int, rng: Random, light: Light, words: Words, focus: float = 0.5
) -> Image.Image:
    """The scene of that name at a size in pixels, its subject at the share `focus` of the width."""
    canvas = Canvas(width, height, focus=focus)
    SCENES[name](canvas, rng, light, words)
    return canvas.finished()
