"""Figures: every file is of the format, can be drawn, and turns and mirrors as a whole."""

import json

import jsonschema
import numpy as np
import pytest
from PIL import Image

from service.sandbox.pictures.canvas import Pen
from service.sandbox.pictures.figures import FOLDER, draw, figure, names
from service.sandbox.pictures.light import LIGHTS
from service.sandbox.pictures.stickers import sticker
from service.sandbox.pictures.subjects import vocabulary

FOLDERS = [folder.name for folder in FOLDER.iterdir() if folder.is_dir()]
EVERY = sorted(name for folder in FOLDERS for name in names(folder))
SIDE, GROUND = 200, (120, 130, 140)


def drawn(name: str, *, turn: float = 0, flip: bool = False) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), GROUND)
    draw(Pen(image, SIDE / 2, SIDE / 2, SIDE / 3, turn=turn, flip=flip), name)
    return image


def share_that_differs(one: Image.Image, other: Image.Image) -> float:
    apart = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max(axis=2)
    return float((apart > 60).mean())


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_is_of_the_format_and_draws_something(name: str) -> None:
    schema = json.loads(FOLDER.with_name("figure.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads((FOLDER / f"{name}.json").read_text("utf-8")), schema)
    assert share_that_differs(drawn(name), Image.new("RGB", (SIDE, SIDE), GROUND)) > 0


@pytest.mark.parametrize("name", EVERY)
def test_a_figure_turns_and_mirrors_as_a_whole(name: str) -> None:
    upright = drawn(name)
    assert share_that_differs(drawn(name, turn=90), upright.transpose(Image.Transpose.ROTATE_270)) < 0.02
    assert share_that_differs(drawn(name, flip=True), upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) < 0.02


def test_a_figure_takes_the_inks_that_it_is_given_and_those_of_the_light() -> None:
    image = Image.new("RGB", (SIDE, SIDE), GROUND)
    draw(Pen(image, SIDE / 2, SIDE / 2, SIDE / 3), "vehicles/boat", LIGHTS["neon"], hull=(255, 0, 0))
    colors = {color for _, color in image.getcolors(SIDE * SIDE) or ()}
    assert {(255, 0, 0), LIGHTS["neon"].accent} <= colors


def test_an_ink_that_a_figure_has_not_is_refused() -> None:
    with pytest.raises(KeyError, match="vehicles/boat has no ink flag"):
        draw(Pen(Image.new("RGB", (9, 9)), 0, 0, 9), "vehicles/boat", flag=(1, 2, 3))


def test_every_sticker_that_a_subject_calls_for_is_there() -> None:
    for name in vocabulary()["stickers"].values():
        assert sticker(name, 40).getbbox(), name


def test_no_two_animals_or_hats_are_called_by_one_word() -> None:
    for folder in ("animals", "hats"):
        called = [word for name in names(folder) for word in figure(name).called]
        assert len(called) == len(set(called))
